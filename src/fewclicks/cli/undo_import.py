"""`fewclicks undo-import`: the undo of an import as a whole."""

from pathlib import Path
from typing import Annotated

import typer


def undo_import(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    event: Annotated[int | None, typer.Argument(help="Number of the import.", show_default="the latest one")] = None,
) -> None:
    """Remove the objects of an import.

    Objects that were edited, corrected or deleted in the meantime stay as they are.
    """
    from uuid import uuid4

    from fewclicks.store.imports import undo_import as undo
    from fewclicks.store.project import Project

    with Project(project) as opened:
        undone = undo(opened, uuid4().hex, event)
    reasons = {"edited": undone.edited, "corrected": undone.corrected, "deleted": undone.deleted}
    stay = ", ".join(f"{count} {reason}" for reason, count in reasons.items() if count)
    if stay:
        typer.echo(f"fewclicks: {sum(reasons.values())} imported annotations stay: {stay} since the import", err=True)
    of = f" of {undone.file}" if undone.file else ""
    typer.echo(f"{undone.removed} annotations{of} removed (import {undone.event})")
