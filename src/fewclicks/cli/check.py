"""`fewclicks check`: the problems of a project."""

from pathlib import Path
from typing import Annotated

import typer


def check(project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)]) -> None:
    """Check a project: its file, its log and its images.

    Prints one line for each problem; the exit status is then 1.
    """
    from fewclicks.cli.progress import working
    from fewclicks.errors import printable
    from fewclicks.store.checking import check_project

    with working(f"checking {project}"):
        problems = check_project(project)
    for problem in problems:
        typer.echo(printable(problem))
    if problems:
        raise typer.Exit(1)
    typer.echo("no problems found")
