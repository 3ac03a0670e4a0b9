"""`fewclicks export`: the export of accepted annotations."""

from pathlib import Path
from typing import Annotated

import typer

from fewclicks.cli.format_option import FormatOption


def export(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    to: Annotated[Path, typer.Option(help="File or folder to write. Replaced only after a complete export.")],
    format_name: FormatOption = "coco",
) -> None:
    """Write the accepted annotations of a project to a file for other programs."""
    from fewclicks.cli.progress import working
    from fewclicks.formats import get_format
    from fewclicks.store.datasets import export_dataset
    from fewclicks.store.project import Project

    known = get_format(format_name)
    with working(f"writing {to}"):
        with Project(project) as opened:
            dataset = export_dataset(opened)
            with opened.reading() as log:
                waiting = sum(image.proposed for image in log.summaries())
        left_out = known.write(dataset, to)
    for line in left_out:
        typer.echo(f"fewclicks: {line}", err=True)
    if waiting:
        some = "1 suggestion is" if waiting == 1 else f"{waiting} suggestions are"
        typer.echo(f"fewclicks: {some} not accepted and not exported", err=True)
    given = f"{len(dataset.annotations)} annotations of {len(dataset.images)} images"
    note = f", except what {format_name} cannot hold (see above)" if left_out else ""
    typer.echo(f"wrote {given} to {to}{note}")
