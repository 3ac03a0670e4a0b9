"""The benchmark of suggestions before any training: what they save, and at which confidence."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedImage
from fewclicks.simulation.points.pairing import Pairs
from fewclicks.simulation.points.truth import PointTruth

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))
start = pytest.importorskip("locate_start")


def test_without_suggestions_nothing_is_saved() -> None:
    assert start.saved(Pairs(0, 0, 10), 3.0) == 0


def test_verifying_costs_time_and_right_points_save_it() -> None:
    assert start.saved(Pairs(10, 10, 10), 3.0) == pytest.approx((3 - 1.6) / 3)
    assert start.saved(Pairs(4, 10, 10), 3.0) == pytest.approx((4 * 3 - 10 * 1.6) / 30)


def test_the_best_confidence_is_that_of_all_sets_together() -> None:
    one = {"0.1": Pairs(9, 10, 10), "0.9": Pairs(5, 5, 10)}
    other = {"0.1": Pairs(1, 30, 10), "0.9": Pairs(1, 1, 10)}
    assert start.best([one]) == "0.1"
    assert start.best([one, other]) == "0.9"


def test_a_row_takes_the_confidence_of_the_other_sets() -> None:
    own = {"0.1": Pairs(9, 10, 10), "0.9": Pairs(5, 5, 10)}
    other = {"0.1": Pairs(1, 30, 10), "0.9": Pairs(1, 1, 10)}
    assert start.cells("own", {"own": own, "other": other}) == ["0.9", "1.00", "0.50", "23%", "39%", "0.1", "37%"]


def test_suggestions_below_the_confidence_are_not_counted() -> None:
    truth = PointTruth.of_points(np.array([[10.0, 10.0], [50.0, 50.0]]), np.array([1, 1]), 8.0)
    found = PointsAnswer(np.array([[11.0, 10.0], [90.0, 90.0]]), np.array([0.8, 0.3]), np.array([1, 1]), ("", ""))
    assert start.pairs_from([found], [truth], 0.1) == Pairs(1, 2, 2)
    assert start.pairs_from([found], [truth], 0.5) == Pairs(1, 1, 2)


def test_reports_of_seeds_add_up(tmp_path: Path) -> None:
    for seed in (0, 1):
        counts = {f"{each:g}": {"pairs": 1, "points": 2, "objects": 3} for each in start.CONFIDENCES}
        start.report_of(tmp_path, "nuclei", "features", 2, seed).write_text(json.dumps(counts), encoding="utf-8")
    assert set(start.counted(tmp_path, "nuclei", "features", 2).values()) == {Pairs(2, 4, 6)}
    assert start.counted(tmp_path, "nuclei", "features", 5) == {}
    assert "nuclei" not in start.shown(tmp_path), "a table needs all data sets"


def test_the_table_of_the_page_is_that_of_the_reports() -> None:
    page = start.PAGE.read_text(encoding="utf-8")
    assert start.renewed(page, "locate-start", {"table": start.shown(start.REPORTS)}) == page


def test_the_features_find_what_the_points_are_on(tmp_path: Path) -> None:
    grid = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(-1, 2) * 40.0 + 24
    images = []
    for number in range(2):
        pixels = np.random.default_rng(number).normal(150, 8, (208, 208, 3)).clip(0, 255).astype(np.uint8)
        for x, y in grid.astype(int).tolist():
            cv2.circle(pixels, (x, y), 10, (110, 40, 90), -1)
        cv2.imwrite(str(tmp_path / f"{number}.png"), pixels)
        class_ids = np.full(len(grid), 3)
        images.append(PointedImage(tmp_path / f"{number}.png", (208, 208), grid, class_ids))
    found = start.Features(images[:1])(images[1])
    counts = start.pairs_from([found], [PointTruth.of_points(grid, images[1].class_ids, 20.0)], 0.5)
    assert (counts.pairs, counts.points) == (25, 25)
