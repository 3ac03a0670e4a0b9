"""The plot of a report: counts along x, and counts are whole numbers; the baseline is dashed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from fewclicks.simulation.plots import plot_report
from fewclicks.simulation.report import Column, Report

STEP = Column("round", "round", 0, "step")
EFFORT = Column("clicks", "clicks", 1, "effort")
QUALITIES = (Column("miou", "mIoU"), Column("miou_std", "±", role="error"), Column("f", "boundary F"))


def report_of(effort: list[float], values: list[float | None]) -> Report:
    rows = tuple(
        (number, spent, value, 0.1, 0.5) for number, (spent, value) in enumerate(zip(effort, values, strict=True))
    )
    return Report("9 objects of made.json", "segment", "segment-x", (STEP, EFFORT, *QUALITIES), rows)


def picture(report: Report, folder: Path) -> str:
    plot_report(report, folder / "plot.svg")
    return (folder / "plot.svg").read_text(encoding="utf-8")


def ticks_along_x(svg: str) -> list[float]:
    """The text at the ticks: as text it stands in comments, beside its outlines."""
    ticks = svg.split('id="xtick_')[1:]
    return [float(found[1]) for tick in ticks if (found := re.search(r"<!-- ([\d.]+) -->", tick))]


@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_counts_are_whole_numbers(tmp_path: Path, count: int) -> None:
    effort = [float(number) for number in range(count + 1)]
    ticks = ticks_along_x(picture(report_of(effort, [0.5] * (count + 1)), tmp_path))
    assert ticks
    assert all(tick.is_integer() for tick in ticks)


def test_effort_is_along_x(tmp_path: Path) -> None:
    svg = picture(report_of([2, 3.1, 4.0, 4.9], [0.5, 0.6, 0.7, 0.8]), tmp_path)
    assert ticks_along_x(svg) == [2, 3, 4, 5]
    assert "<!-- clicks -->" in svg


def test_without_effort_the_steps_are_along_x(tmp_path: Path) -> None:
    report = Report("title", "segment", "", (STEP, QUALITIES[0]), ((0, 0.5), (1, 0.6)))
    assert "<!-- round -->" in picture(report, tmp_path)


def test_values_that_are_not_known_are_left_out(tmp_path: Path) -> None:
    assert "<!-- mIoU -->" in picture(report_of([0, 1], [None, 0.5]), tmp_path)
    assert "<!-- mIoU -->" not in picture(report_of([0, 1], [None, None]), tmp_path)


def test_the_baseline_is_dashed(tmp_path: Path) -> None:
    report = report_of([0, 1], [0.5, 0.6])
    alone = picture(report, tmp_path)
    both = picture(replace(report, baseline=replace(report, model="grabcut")), tmp_path)
    assert "stroke-dasharray: 5" not in alone
    assert "stroke-dasharray: 5" in both
    assert "<!-- grabcut: mIoU -->" in both


def test_limits_are_ticks_where_nothing_counts_effort(tmp_path: Path) -> None:
    columns = (Column("tau", "tau", 2, "limit"), QUALITIES[0])
    report = Report("title", "made", "", columns, ((0.1, 0.5), (0.25, 0.6), (2.0, 0.7)))
    assert ticks_along_x(picture(report, tmp_path)) == [0.1, 0.25, 2.0]


class Cross:
    """A picture of a report."""

    name = "cross"

    def draw(self, figure: Figure) -> None:
        figure.add_subplot().set_title("a cross")


def test_pictures_are_written_beside_the_plot(tmp_path: Path) -> None:
    picture(replace(report_of([0, 1], [0.5, 0.6]), pictures=(Cross(),)), tmp_path)
    assert "<!-- a cross -->" in (tmp_path / "plot-cross.svg").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"plot.svg", "plot-cross.svg"}
