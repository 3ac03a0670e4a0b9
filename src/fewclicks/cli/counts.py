"""`fewclicks counts`: the objects of each class in each image."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fewclicks.application.counts import CountTable

HEADINGS = ("Points", "Annotations", "Suggested points", "Suggestions")


def counts(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    csv: Annotated[Path | None, typer.Option(help="Write the counts to this CSV file instead of a table.")] = None,
) -> None:
    """Count the objects of each class in each image.

    Counts accepted points, all accepted annotations, and suggestions. The project may be open in the page.
    """
    from fewclicks.application.counts import count_objects, counts_csv
    from fewclicks.cli.progress import working
    from fewclicks.files import write_text
    from fewclicks.store.project import Project

    with working(f"counting in {project}"), Project(project, read_only=True) as opened, opened.reading() as log:
        table = count_objects(log)
    if csv is None:
        _print_table(table)
    else:
        write_text(csv, counts_csv(table))
        typer.echo(f"wrote the counts of {len(table.images)} images to {csv}")


def _print_table(table: "CountTable") -> None:
    from rich.markup import escape
    from rich.table import Table

    from fewclicks.cli.printing import console

    shown = Table("Image", "Class")
    for heading in HEADINGS:
        shown.add_column(heading, justify="right")
    for image, class_, *numbers in _rows(table):
        shown.add_row(escape(image), escape(class_), *(f"{number:,}" for number in numbers))
    console().print(shown)


def _rows(table: "CountTable") -> "Iterator[tuple[str, str, int, int, int, int]]":
    """Yield the counts that are not zero, image by image, then those of all images."""
    from dataclasses import astuple

    from fewclicks.store.counts import Count

    for image in table.images:
        for class_ in table.classes:
            count = table.of(image, class_)
            if count != Count():
                yield image.file_name, class_.name, *astuple(count)
    for class_ in table.classes:
        yield "all images", class_.name, *astuple(table.total(class_))
