"""The pictures of simulation reports: counts stand along x, and a count is whole."""

import re
from pathlib import Path
from typing import Any

import pytest

from fewclicks.simulation.plots import plot_clicks, plot_rounds, plot_scribbles

Report = dict[str, Any]


def ticks_along_x(picture: Path) -> list[float]:
    """What an SVG says at the ticks: as text it stands in comments, beside its outlines."""
    ticks = picture.read_text(encoding="utf-8").split('id="xtick_')[1:]
    return [float(found[1]) for tick in ticks if (found := re.search(r"<!-- ([\d.]+) -->", tick))]


def clicks(count: int) -> Report:
    keys = ("map50_by_clicks", "unclicked_map50_by_clicks", "coco_map_by_clicks")
    said = {"objects": 9, "data": "made", "variant": "c3det", "person": {"per_class": True}}
    return said | {key: [[0.5, 0.1]] * (count + 1) for key in keys}


@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_clicks_are_whole_numbers(tmp_path: Path, count: int) -> None:
    plot_clicks(clicks(count), tmp_path / "plot.svg")
    ticks = ticks_along_x(tmp_path / "plot.svg")
    assert ticks
    assert all(tick.is_integer() for tick in ticks)


def test_scribbles_are_whole_numbers(tmp_path: Path) -> None:
    said = {"regions": 9, "data": "made", "allocation": "free", "miou_by_scribbles": [0.5, 0.6, 0.7, 0.8]}
    report = said | {"stderr_by_scribbles": [0.1] * 4, "spend_by_scribbles": [0, 0.8, 1.7, 2.4]}
    plot_scribbles(report, tmp_path / "plot.svg")
    assert ticks_along_x(tmp_path / "plot.svg") == [0, 1, 2, 3]


def test_clicks_after_each_round_are_whole_numbers(tmp_path: Path) -> None:
    said = {"method": "segment", "objects": 9, "data": "made", "baseline": None, "clicks_by_round": [2, 3.1, 4.0, 4.9]}
    report = said | {"miou_by_round": [0.5, 0.6, 0.7, 0.8], "boundary_f_by_round": [0.5, 0.6, 0.7, 0.8]}
    plot_rounds(report, tmp_path / "plot.svg")
    assert ticks_along_x(tmp_path / "plot.svg") == [2, 3, 4, 5]
