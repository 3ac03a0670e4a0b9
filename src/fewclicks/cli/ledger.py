"""`fewclicks ledger`: the answers to questions about suggestions, and what they cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fewclicks.work.ledger import LedgerRow, LedgerTotals

HEADINGS = ("Time (UTC)", "Image", "Question", "Answer", "Class", "Model", "Strategy", "Seconds", "Clicks")


def ledger(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    csv: Annotated[Path | None, typer.Option(help="Write every answer to this CSV file instead of a table.")] = None,
    drawn: Annotated[float, typer.Option(min=0, help="Seconds for a drawn object.")] = 7.0,
    corrected: Annotated[float, typer.Option(min=0, help="Seconds for a corrected suggestion.")] = 8.6,
    looked: Annotated[float, typer.Option(min=0, help="Seconds for confirming an area.")] = 4.0,
    verified: Annotated[float, typer.Option(min=0, help="Seconds for any other answer.")] = 1.6,
) -> None:
    """List the answers to questions about suggestions, and what they cost.

    The project may be open in the page.
    """
    from fewclicks.cli.progress import working
    from fewclicks.files import write_text
    from fewclicks.store.project import Project
    from fewclicks.work.ledger import AnswerCosts, ledger_csv, read_ledger, total_of

    costs = AnswerCosts(drawn, verified, corrected, looked)
    with working(f"reading {project}"), Project(project, read_only=True) as opened, opened.reading() as log:
        rows = read_ledger(log, costs)
    if csv is None:
        _print_table(rows, total_of(rows))
    else:
        write_text(csv, ledger_csv(rows))
        typer.echo(f"wrote {len(rows)} answers to {csv}")


def _print_table(rows: "list[LedgerRow]", total: "LedgerTotals") -> None:
    from rich.markup import escape
    from rich.table import Table

    from fewclicks.cli.printing import console

    shown = Table(*HEADINGS)
    for row in rows:
        answer = f"{row.answer} (undone)" if row.undone else row.answer
        name = row.given_class or row.suggested_class
        numbers = f"{row.seconds:.1f}", str(row.clicks)
        texts = row.answered_at[:19], row.image, row.question, answer, name, row.version, row.strategy, *numbers
        shown.add_row(*map(escape, texts))
    console().print(shown)
    typer.echo(f"answers with an object: {total.object_answers:,}")
    typer.echo(f"all answers: {total.all_answers:,}")
    typer.echo(f"seconds: {total.seconds:,.1f} measured, {total.model_seconds:,.1f} by the cost model")
