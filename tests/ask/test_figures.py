"""Figures of curves, and finished runs on disk."""

from pathlib import Path

import pytest

from fewclicks.ask.ledger import Totals
from fewclicks.ask.queries.figures import (
    area_under,
    cost_of,
    curve_of,
    figures_of,
    lines,
    rows,
    stopping_figures,
    stopping_lines,
)
from fewclicks.ask.queries.finished import FinishedRuns
from fewclicks.ask.queries.rounds import Point
from fewclicks.errors import InputError, StorageError


def run(*points: tuple[int, float]) -> list[Point]:
    return [Point(Totals(boxes, 2 * boxes, 10.0 * boxes), value, None) for boxes, value in points]


def test_a_curve_is_the_mean_of_the_runs_and_ends_with_the_shortest() -> None:
    curve = curve_of([run((10, 0.2), (20, 0.4), (30, 0.6)), run((20, 0.4), (30, 0.4))])
    assert [(each.boxes, each.answers, each.seconds) for each in curve] == [(15, 30, 150), (25, 50, 250)]
    assert [each.map50 for each in curve] == pytest.approx([0.3, 0.4])
    assert curve[0].std == pytest.approx(0.1414, abs=1e-4)


def test_the_cost_of_a_mark_is_linear_between_points() -> None:
    curve = curve_of([run((10, 0.2), (20, 0.1), (30, 0.5))])
    assert cost_of(curve, 0.3, lambda point: point.boxes) == pytest.approx(25)
    assert cost_of(curve, 0.2, lambda point: point.boxes) == 10
    assert cost_of(curve, 0.6, lambda point: point.boxes) is None


def test_the_area_is_the_mean_map_over_the_boxes() -> None:
    assert area_under(curve_of([run((10, 0.2), (20, 0.4), (40, 0.4))])) == pytest.approx((10 * 0.3 + 20 * 0.4) / 30)
    assert area_under(curve_of([run((10, 0.2))])) is None


def test_figures_by_name() -> None:
    curve = curve_of([run((10, 0.2), (20, 0.9))])
    figures = figures_of(curve, 1.0, 99)
    assert figures["curve"][0] == {"boxes": 10, "answers": 20, "seconds": 100, "map50": [0.2, 0]}  # type: ignore[index]
    assert figures["boxes_to_85"] == pytest.approx(10 + 10 * 0.65 / 0.7)
    assert figures["answers_to_85"] == pytest.approx(2 * (10 + 10 * 0.65 / 0.7))
    assert figures["seconds_to_95"] is None
    assert (figures["total_boxes"], figures["full_map50"]) == (99, 1.0)
    assert figures["pool_recall"] == [None, None]
    assert lines(figures)[-1] == "95% of it: not reached"
    assert lines(figures)[1].startswith("85% of it: 19 boxes, 39 answers, 193 s")
    assert rows(curve)[1] == (1, 20, 40, 200, 0.9, 0)


def test_the_estimates_of_when_to_stop_are_in_the_figures() -> None:
    flat = run(*((boxes, 0.25) for boxes in range(50, 550, 50)))
    figures = stopping_figures([flat, flat])
    gains = figures["gain_of_next_100"]
    assert gains == [None, None, None, *[[0, 0]] * 7]
    assert figures["gain_calibration"] == {"estimates": 12, "bias": 0, "rms": 0, "within": 1}
    assert stopping_lines(figures) == (
        "the next 100 answers: +0.000 mAP expected, standard error 0.000",
        "such estimates were +0.000 off on average, 0.000 in root mean square; "
        "100% of 12 gains were within 2 standard errors",
    )
    assert stopping_lines(stopping_figures([flat[:2]])) == ()


def test_finished_runs_are_not_repeated(tmp_path: Path) -> None:
    done: list[int] = []

    def work() -> list[float]:
        done.append(1)
        return [0.5, 0.75]

    about = {"steps": 3}
    assert FinishedRuns(tmp_path / "runs", about).of("box", 0, work) == [0.5, 0.75]
    assert FinishedRuns(tmp_path / "runs", about).of("box", 0, work) == [0.5, 0.75]
    assert len(done) == 1
    for other in ({"steps": 4}, about):
        FinishedRuns(tmp_path / "runs", other).of("box", 1, work)
    assert len(done) == 3
    assert len(list((tmp_path / "runs").iterdir())) == 3


def test_a_run_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def work() -> list[float]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FinishedRuns(tmp_path, {}).of("box", 0, work)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_runs(tmp_path: Path) -> None:
    runs = FinishedRuns(tmp_path, {})
    runs.of("box", 0, lambda: [1.0])
    (path,) = tmp_path.iterdir()
    path.write_text("[]")
    with pytest.raises(InputError, match="not the result of this run; delete the file or choose another --runs"):
        runs.of("box", 0, lambda: [1.0])
    with pytest.raises(StorageError, match="cannot create the folder"):
        FinishedRuns(path, {})
