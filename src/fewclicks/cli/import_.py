"""`fewclicks import`: the import of annotations into a project."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fewclicks.cli.format_option import FormatOption

if TYPE_CHECKING:
    from fewclicks.labels import Dataset

NAMED = 5  # the maximum of skipped images that are listed


def import_(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    file: Annotated[
        Path, typer.Argument(help="File or folder of annotations, or a ZIP file that contains it.", show_default=False)
    ],
    format_name: FormatOption = "coco",
    skip_absent: Annotated[
        bool, typer.Option("--skip-absent", help="Skip images that are not in the project.")
    ] = False,
) -> None:
    """Add the annotations of a file to a project.

    If there is an error, nothing is added. Existing annotations are not changed.
    """
    from fewclicks.application.written import counted
    from fewclicks.cli.progress import working
    from fewclicks.errors import InputError, printable
    from fewclicks.formats import get_format, get_spec
    from fewclicks.formats.archive import unpacked
    from fewclicks.store.datasets import import_dataset
    from fewclicks.store.project import Project

    spec, known = get_spec(format_name), get_format(format_name)
    with working(f"reading {file}"), unpacked(file, spec.suffix) as source:
        dataset = known.read(source)
    with working(f"adding to {project}"), Project(project) as opened:
        try:
            report = import_dataset(opened, dataset, skip_absent, printable(file.name))
        except InputError as error:
            raise InputError(str(error), file) from error
    skipped = f"fewclicks: {printable(str(file))}: skipped"
    for name in report.absent[:NAMED]:
        typer.echo(f"{skipped}, not in the project: {printable(name)}", err=True)
    if len(report.absent) > NAMED:
        typer.echo(f"{skipped}, not in the project: {len(report.absent) - NAMED} more images", err=True)
    for name in report.empty:
        typer.echo(f"{skipped}, covers no pixel: {printable(name)}", err=True)
    if report.repeated:
        count = f"{len(report.repeated):,} point{'s' * (len(report.repeated) > 1)}"
        where = f"in a pixel with another point of the same class; the first: {report.repeated[0]}"
        typer.echo(f"fewclicks: {printable(str(file))}: {count} {printable(where)}", err=True)
    if report.new_classes:
        names = ", ".join(map(printable, report.new_classes))
        typer.echo(f"fewclicks: {printable(str(file))}: added classes that the project did not have: {names}", err=True)
    not_stored = list(_not_stored(dataset, report.renumbered and spec.has_image_ids))
    if not_stored:
        typer.echo(f"fewclicks: not stored in the project: {printable('; '.join(not_stored))}", err=True)
    deleted = f", {report.deleted} were deleted in this project and not added again" if report.deleted else ""
    typer.echo(f"{counted(report.added, 'annotation')} added, {report.known} were there already{deleted}")


def _not_stored(dataset: "Dataset", is_renumbered: bool) -> Iterator[str]:
    """Name the content of a data set that a project does not store (docs/formats.md)."""
    if dataset.extra:
        yield ", ".join(dataset.extra)
    keys = dict.fromkeys(key for image in dataset.images for key in image.extra)
    if keys:
        yield f"{', '.join(keys)} of images"
    if is_renumbered:
        yield "the ids of images"
    if any(annotation.id.isdecimal() for annotation in dataset.annotations):
        yield "the ids of annotations"
