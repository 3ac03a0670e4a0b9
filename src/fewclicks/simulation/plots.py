"""The plot of a simulation's report: accuracy against effort, and the report's own pictures beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fewclicks.errors import InputError
from fewclicks.simulation.report import Column, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")  # Okabe-Ito
NEED_TEX = {"pgf"}
SIZE = (7, 4.2)  # inches
Point = tuple[float, float, float]  # x, value, error


def plot_report(report: Report, path: Path) -> None:
    """Draw every quality column against effort, with its errors as bars; the baseline is dashed.

    Each picture of the report is written beside `path`: `curve.png` and `curve-NAME.png`. Raises InputError.
    """
    figure = _empty()
    axes = figure.add_subplot()
    _draw(axes, report, "-", named=report.baseline is not None)
    if report.baseline is not None:
        _draw(axes, report.baseline, "--", named=True)
    x = _effort(report.columns)
    is_limit = report.columns[x].role == "limit"
    axes.set_xlabel(report.columns[x].title)
    if is_limit:
        axes.set_xticks([place for row in report.rows if (place := row[x]) is not None])
    else:
        axes.locator_params(axis="x", integer=True, min_n_ticks=1)
    axes.set_ylim(0, 1.03)  # markers at 1 are shown as a whole
    axes.grid(alpha=0.3)
    title = report.title if report.baseline else f"{report.model}: {report.title}"
    axes.set_title(title, wrap=True, fontsize="medium")
    axes.legend(loc="lower right" if is_limit else "best")
    _save(figure, path)
    for picture in report.pictures:
        figure = _empty()
        picture.draw(figure)
        _save(figure, path.with_stem(f"{path.stem}-{picture.name}"))


def _empty() -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=SIZE, layout="constrained")


def _save(figure: "Figure", path: Path) -> None:
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write a picture: {error}; choose another path", path) from error


def check_picture(path: Path) -> None:
    """Raise InputError for a file name whose ending is not that of a picture."""
    from matplotlib.backend_bases import FigureCanvasBase

    kinds = sorted(FigureCanvasBase.get_supported_filetypes().keys() - NEED_TEX)
    if path.suffix.lower()[1:] not in kinds:
        raise InputError(f"cannot write a picture of this type; use a name ending in {', '.join(kinds)}", path)


def _draw(axes: "Axes", report: Report, style: str, named: bool) -> None:
    for colour, (column, points) in zip(COLOURS, _curves(report), strict=False):
        xs, values, errors = zip(*points, strict=True)
        label = f"{report.model}: {column.title}" if named else column.title
        bars = errors if any(errors) else None
        face = colour if style == "-" else "white"
        axes.errorbar(xs, values, bars, fmt=style, marker="o", mfc=face, capsize=3, color=colour, label=label)


def _curves(report: Report) -> Iterator[tuple[Column, list[Point]]]:
    """Every quality column that has a value, with the points that are known."""
    x = _effort(report.columns)
    for number, column in enumerate(report.columns):
        if column.role != "quality":
            continue
        after = number + 1
        error = after if after < len(report.columns) and report.columns[after].role == "error" else None
        points = [
            (place, value, (row[error] or 0.0) if error is not None else 0.0)
            for row in report.rows
            if (place := row[x]) is not None and (value := row[number]) is not None
        ]
        if points:
            yield column, points


def _effort(columns: tuple[Column, ...]) -> int:
    """The column along x: the first that counts effort, else the steps, else the limits."""
    roles = [column.role for column in columns]
    return roles.index(next(role for role in ("effort", "step", "limit") if role in roles))
