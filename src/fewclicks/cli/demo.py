"""`fewclicks demo`: a sample project in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from fewclicks.cli.serve import NoBrowser, Port
from fewclicks.cli.startup import uncollected


def demo(
    port: Port = None,
    no_browser: NoBrowser = False,
    project: Annotated[
        Path | None,
        typer.Option(help="Folder of the sample project.", show_default="the user's data folder"),
    ] = None,
) -> None:
    """Open a sample project. A second start continues with the same project."""
    with uncollected():
        from fewclicks.demo import default_folder, make_demo
        from fewclicks.server import run

        folder = project or default_folder()
        action = "created" if make_demo(folder) else "opening"
    typer.echo(f"fewclicks: {action} the sample project in {folder}")
    run.serve(folder, port, False if no_browser else None)
