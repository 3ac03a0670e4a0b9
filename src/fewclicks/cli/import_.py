"""`fewclicks import`: annotations from a file into a project."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fewclicks.labels import Dataset

NAMED = 5  # images left out that are named; of more the number is said
WITH_IDS = ("coco", "coco-panoptic")  # formats in which images have ids; of others they are the reader's own


def import_(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="File or folder of annotations.", show_default=False)],
    format_name: Annotated[str, typer.Option("--format", help="Format of the file.")] = "coco",
    skip_absent: Annotated[
        bool, typer.Option("--skip-absent", help="Leave out images that the project does not have.")
    ] = False,
) -> None:
    """Add the annotations of a file to a project. Existing annotations are kept; an error adds nothing."""
    from fewclicks.cli.progress import working
    from fewclicks.errors import InputError, printable
    from fewclicks.formats import get_format
    from fewclicks.store.datasets import import_dataset
    from fewclicks.store.project import Project

    known = get_format(format_name)
    with working(f"reading {file}"):
        dataset = known.read(file)
    with working(f"adding to {project}"), Project(project) as opened:
        try:
            report = import_dataset(opened, dataset, skip_absent)
        except InputError as error:
            raise InputError(str(error), file) from error
    left_out = f"fewclicks: {printable(str(file))}: left out"
    for name in report.absent[:NAMED]:
        typer.echo(f"{left_out}, not in the project: {printable(name)}", err=True)
    if len(report.absent) > NAMED:
        typer.echo(f"{left_out}, not in the project: {len(report.absent) - NAMED} more images", err=True)
    for name in report.empty:
        typer.echo(f"{left_out}, it covers no pixel: {printable(name)}", err=True)
    unkept = list(_unkept(dataset, report.renumbered and known.name in WITH_IDS))
    if unkept:
        typer.echo(f"fewclicks: a project does not keep of this file: {printable('; '.join(unkept))}", err=True)
    deleted = f", {report.deleted} were deleted in this project and stay so" if report.deleted else ""
    typer.echo(f"{report.added} annotations added, {report.known} were there already{deleted}")


def _unkept(dataset: "Dataset", is_renumbered: bool) -> Iterator[str]:
    """What the data set says that no export of the project will say again: docs/formats.md."""
    if dataset.extra:
        yield ", ".join(dataset.extra)
    keys = dict.fromkeys(key for image in dataset.images for key in image.extra)
    if keys:
        yield f"{', '.join(keys)} of images"
    if is_renumbered:
        yield "the ids of images"
    if any(annotation.id.isdecimal() for annotation in dataset.annotations):
        yield "the ids of annotations"
