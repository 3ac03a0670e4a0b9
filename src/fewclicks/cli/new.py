"""`fewclicks new`: a new project for a folder of images."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from fewclicks.errors import InputError, printable


def new(
    project: Annotated[Path, typer.Argument(help="Folder of the new project.", show_default=False)],
    images: Annotated[
        Path, typer.Option(help="Folder of images, with its subfolders. Images are read in place and never modified.")
    ],
    classes: Annotated[
        str | None, typer.Option(help="Names of the classes, separated by commas. You can add classes in the page too.")
    ] = None,
) -> None:
    """Create a project for a folder of images."""
    from fewclicks.cli.progress import working
    from fewclicks.store.images import NOT_UTF8
    from fewclicks.store.project import Project, create_project

    names = [] if classes is None else class_names(classes)
    with working(f"reading {images}"):
        _check_readable(images)
        create_project(project, images, names)
        with Project(project) as made, made.reading() as log:
            rows = log.images()
    for name in made.synced.unnamed:
        typer.echo(f"fewclicks: {name}: skipped, {NOT_UTF8}", err=True)
    for row in rows:
        if row.problem:
            typer.echo(f"fewclicks: {printable(row.file_name)}: {row.problem}", err=True)
    named = _count(len(names), "class", "classes") if names else "no classes (add them in the page)"
    typer.echo(f"{_count(len(rows), 'image', 'images')}, {named}; now: fewclicks serve {shlex.quote(str(project))}")


def class_names(text: str) -> list[str]:
    """Return the names in "a, b, c". Raises InputError for an empty or repeated name, and for control characters."""
    if printable(text) != text:
        raise InputError(f"expected names on a single line of plain text, got {text!r}", "--classes")
    names = [" ".join(name.split()) for name in text.split(",")]
    for place, name in enumerate(names, 1):
        if not name:
            raise InputError(f"name {place} of {text!r} is empty; separate names by commas", "--classes")
        if name in names[: place - 1]:
            raise InputError(f"class {name!r} occurs twice; remove one", "--classes")
    return names


def _check_readable(images: Path) -> None:
    """Raise InputError when the folder has images and none of them can be opened."""
    from fewclicks.images.files import read_size_hw
    from fewclicks.store.folder import scan_folder
    from fewclicks.store.images import NOT_UTF8

    first: InputError | None = None
    for file in scan_folder(images):
        try:
            if not file.has_utf8_name:
                raise InputError(NOT_UTF8, images / file.name)
            read_size_hw(images / file.name)
            return
        except InputError as error:
            first = first or error
    if first is not None:
        raise InputError(f"no image in this folder can be opened; check the first: {first}", images)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
