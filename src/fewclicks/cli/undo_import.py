"""`fewclicks undo-import`: the undo of an import, or of another change of many images, as a whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fewclicks.application.batches import UndoneBatch
    from fewclicks.store.imports import UndoneImport


def undo_import(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    event: Annotated[
        int | None, typer.Argument(help="Number of the import, or of a job.", show_default="the latest import")
    ] = None,
) -> None:
    """Remove the objects of an import, or undo a job that changed many images.

    Objects that were edited, corrected or deleted in the meantime stay as they are.
    """
    from uuid import uuid4

    from fewclicks.application.batches import undo_batch
    from fewclicks.store.imports import undo_import as undo
    from fewclicks.store.project import Project

    with Project(project) as opened:
        with opened.reading() as log:
            is_batch = event in {batch.event for batch in log.batches.all()}
        if event is not None and is_batch:
            _report_batch(undo_batch(opened, uuid4().hex, event))
        else:
            _report_import(undo(opened, uuid4().hex, event))


def _report_import(undone: "UndoneImport") -> None:
    from fewclicks.application.written import counted

    reasons = {"edited": undone.edited, "corrected": undone.corrected, "deleted": undone.deleted}
    stay = ", ".join(f"{count} {reason}" for reason, count in reasons.items() if count)
    if stay:
        left = counted(sum(reasons.values()), "imported annotation")
        typer.echo(
            f"fewclicks: {left} stay{'s' if sum(reasons.values()) == 1 else ''}: {stay} since the import", err=True
        )
    of = f" of {undone.file}" if undone.file else ""
    typer.echo(f"{counted(undone.removed, 'annotation')}{of} removed (import {undone.event})")


def _report_batch(undone: "UndoneBatch") -> None:
    from fewclicks.application.written import counted

    if undone.kept:
        typer.echo(f"fewclicks: not undone: {counted(undone.kept, 'thing')} changed since", err=True)
    restored, images = counted(undone.restored, "annotation"), counted(undone.images, "image")
    typer.echo(f"undone: {undone.kind}, event {undone.event} ({restored}, suggestions in {images})")
