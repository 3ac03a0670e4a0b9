"""`fewclicks serve`: the server of a project."""

from pathlib import Path
from typing import Annotated

import typer

from fewclicks.cli.startup import uncollected

Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on (0: a free port).", show_default="8000")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open the page in the browser.")]


def serve(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    port: Port = None,
    no_browser: NoBrowser = False,
) -> None:
    """Serve a project to browsers on this machine. Stop with Ctrl+C."""
    with uncollected():
        from fewclicks.server import run

    run.serve(project, port, False if no_browser else None)
