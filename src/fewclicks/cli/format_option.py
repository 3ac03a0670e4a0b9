"""The option `--format`, with the installed formats in the help."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

FormatOption = Annotated[str, typer.Option("--format", help="Format of the file or folder.")]


class FormatCommand(TyperCommand):
    """A command with a `FormatOption`, which finds the installed formats only for its help."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # typer has no public name for their types
        from fewclicks.formats import formats

        super().format_options(ctx, formatter)
        with formatter.section("Formats"):
            formatter.write_dl([(spec.name, spec.summary) for spec in formats().values()])
