"""`fewclicks serve`: the application."""

from pathlib import Path
from typing import Annotated

import typer

Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on (0: any free one).", show_default="8000")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open the page in the browser.")]


def serve(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    port: Port = None,
    no_browser: NoBrowser = False,
) -> None:
    """Serve a project to the browser of this machine, until Ctrl+C."""
    from fewclicks.server import run

    run.serve(project, port, False if no_browser else None)
