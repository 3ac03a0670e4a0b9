"""`fewclicks backup` and `fewclicks restore`: a project in one file, and back."""

from pathlib import Path
from typing import Annotated

import typer


def backup(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="New file to write.", show_default=False)],
) -> None:
    """Copy a project to a file, also while it is being served.

    The copy contains annotations and settings, without images and trained models.
    """
    from fewclicks.store.backup import back_up

    back_up(project, file)
    typer.echo(f"wrote a backup of {project} to {file}")


def restore(
    file: Annotated[Path, typer.Argument(help="File made by fewclicks backup.", show_default=False)],
    project: Annotated[Path, typer.Argument(help="Folder without a project.", show_default=False)],
) -> None:
    """Make a project from a backup."""
    from fewclicks.store.backup import restore as restore_project

    restore_project(file, project)
    typer.echo(f"restored {file} to {project}")
