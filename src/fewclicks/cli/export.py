"""`fewclicks export`: the annotations of a project as a file for other programs."""

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
        lost = known.write(dataset, to)
    for line in lost:
        typer.echo(f"fewclicks: {line}", err=True)
    if waiting:
        some = "1 object is" if waiting == 1 else f"{waiting} objects are"
        typer.echo(f"fewclicks: {some} not accepted yet, and left out", err=True)
    given = f"{len(dataset.annotations)} annotations of {len(dataset.images)} images"
    held, rest = (f"what {format_name} can hold of ", "; what it cannot is named above") if lost else ("", "")
    typer.echo(f"wrote {held}{given} to {to}{rest}")
