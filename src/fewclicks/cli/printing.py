"""Reports of simulations as tables, with the baseline beside the model."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fewclicks.simulation.report import Column, Report

PIPE_WIDTH = 200  # characters; columns are not wrapped in a pipe


def console() -> Console:
    """Return the console for tables on stdout."""
    made = Console(highlight=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


def print_report(report: Report) -> None:
    """Print a table with one row a step, then the report's sentences, to stdout."""
    output = console()
    output.print(_table(report))
    named = report.baseline is not None
    for each in filter(None, (report, report.baseline)):
        for line in each.lines:
            output.print(f"{each.model}: {line}" if named else line, markup=False, soft_wrap=True)


def _table(report: Report) -> Table:
    table = Table(title=escape(report.title))
    baseline = report.baseline
    compared = [] if baseline is None else [c for c in baseline.columns if c.role in ("quality", "error")]
    for column in report.columns:
        is_measured = column.role == "quality" and baseline is not None
        table.add_column(f"{report.model}: {column.title}" if is_measured else column.title, justify="right")
    for column in compared:
        assert baseline is not None
        heading = column.title if column.role == "error" else f"{baseline.model}: {column.title}"
        table.add_column(heading, justify="right")
    for number, row in enumerate(report.rows):
        cells = [_cell(value, column) for value, column in zip(row, report.columns, strict=True)]
        table.add_row(*cells, *(_baseline_cells(baseline, number, compared) if baseline else ()))
    return table


def _baseline_cells(baseline: Report, number: int, compared: list[Column]) -> list[str]:
    """Return the cells of the baseline in row `number`; empty after its last step."""
    if number >= len(baseline.rows):
        return [""] * len(compared)
    row = baseline.rows[number]
    return [_cell(row[baseline.columns.index(column)], column) for column in compared]


def _cell(value: float | None, column: Column) -> str:
    return "" if value is None else f"{value:.{column.digits}f}"
