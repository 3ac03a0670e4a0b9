"""Boxes of one size around points, and self-refinement."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.errors import InputError
from fewclicks.methods.locate.training.pseudo_boxes import _moved, pseudo_boxes, train_pseudo_boxes
from fewclicks.methods.locate.training.simulation import localising, refining
from fewclicks.methods.locate.training.simulation.settings import LocaliserKind, LocateSimulation
from fewclicks.training.loop import Budget


def image(points: list[tuple[float, float]], class_ids: list[int]) -> PointedImage:
    return PointedImage(
        Path("a.png"), (60, 80), np.array(points, np.float64).reshape(-1, 2), np.array(class_ids, np.int64)
    )


def found(points: list[tuple[float, float]], scores: list[float], class_ids: list[int]) -> PointsAnswer:
    return PointsAnswer(
        np.array(points, np.float64).reshape(-1, 2),
        np.array(scores),
        np.array(class_ids, np.int64),
        ("",) * len(scores),
    )


def test_boxes_of_one_size_are_cut_to_the_image() -> None:
    source = PointedSource("a", (image([(30, 20), (78, 59)], [4, 2]), image([], [])), {2: "b", 4: "c"}, 3.0)
    boxed = pseudo_boxes(source, 10)
    assert (boxed.name, boxed.class_names, boxed.weight) == ("a", {2: "b", 4: "c"}, 3.0)
    np.testing.assert_allclose(boxed.images[0].boxes, [[30, 20, 10, 10, 0], [76.5, 57, 7, 6, 0]])
    assert boxed.images[0].class_ids.tolist() == [4, 2]
    assert len(boxed.images[1].boxes) == 0


def test_a_point_moves_to_the_weighted_mean_of_what_is_predicted_near_it() -> None:
    annotated = image([(20, 20), (40, 20), (60, 20), (70, 50)], [1, 1, 2, 1])
    predicted = found(
        [(22, 20), (24, 24), (31, 20), (60, 24), (20, 20), (55, 50)],
        [0.75, 0.25, 0.5, 0.4, 1.0, 1.0],
        [1, 1, 1, 2, 2, 1],
    )
    moved = _moved(predicted, annotated, 10)
    np.testing.assert_allclose(moved, [[22.5, 21], [31, 20], [60, 24], [70, 50]])
    np.testing.assert_array_equal(annotated.points_xy[0], [20, 20])


def test_without_predictions_points_stay() -> None:
    annotated = image([(20, 20), (40, 20)], [1, 1])
    np.testing.assert_array_equal(_moved(PointsAnswer.none(), annotated, 10), annotated.points_xy)
    assert len(_moved(found([(1, 1)], [1.0], [1]), image([], []), 10)) == 0


def test_a_trained_detector_is_refused_as_a_start(tmp_path: Path) -> None:
    source = PointedSource("a", (image([(30, 20), (50, 20)], [2, 2]),), {2: "b"})
    with pytest.raises(InputError, match="start from MobileNetV2 weights"):
        train_pseudo_boxes("one", source, tmp_path / "detect.onnx", tmp_path, Budget(steps=1), 0)


class Quiet:
    def start(self, what: str, total: int) -> None:
        assert total == 100

    def advance(self) -> None:
        raise AssertionError("nothing was trained")


class Nothing:
    """A detector that predicts one point in the corner of every image."""

    version, side, lowest_score, separation = "nothing", 10.0, 0.5, 1.0

    def candidates(self, image: np.ndarray) -> PointsAnswer:
        return found([(1, 1)], [1.0], [1])

    points = candidates


@pytest.mark.parametrize(("localiser", "stages"), [("one-stage", "one"), ("two-stage", "two")])
def test_the_simulation_trains_detectors_on_pseudo_boxes(
    localiser: LocaliserKind, stages: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[object, ...]] = []

    def train(*arguments: object) -> Nothing:
        calls.append(arguments)
        return Nothing()

    for module in (localising, refining):
        monkeypatch.setattr(module, "train_pseudo_boxes", train)
    monkeypatch.setattr(PointedImage, "pixels", lambda self: np.zeros((60, 80, 3), np.uint8))
    source = PointedSource("a", (image([(3, 1), (50, 20)], [1, 1]),), {1: "b"})
    settings = LocateSimulation(data="", localiser=localiser, refiner="self", steps=7, refiner_steps=9, seed=3)
    (moved,) = refining.Refiner(settings, tmp_path, tmp_path)(source, Quiet())
    np.testing.assert_allclose(moved[0], [[1, 1], [50, 20]])
    trained = localising.localiser_of(settings, tmp_path, tmp_path)(source, Quiet())
    assert isinstance(trained, Nothing)
    assert [(call[0], call[4], call[5]) for call in calls] == [("one", Budget(9), 3), (stages, Budget(7), 3)]
