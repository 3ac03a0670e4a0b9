"""The shipped class slots on parts several times as large as those they learnt from."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from jaxtyping import Float64, Int64, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.model import DetectAssist
from fewclicks.methods.detect.inference.detections import Detections, Detector
from fewclicks.methods.detect.inference.opening import SHIPPED, open_detector
from fewclicks.methods.detect.inference.pyramid import PyramidDetector, _scales_of
from fewclicks.prompts import ClassClick
from fewclicks.simulation.boxes.measure import Truth, average_precision, match, object_counts
from fewclicks.synthetic.drawing import Wanted, draw_scenes
from fewclicks.synthetic.looks import draw_looks

TIMES = 9
SIDE = 768


@dataclass(frozen=True)
class Parts:
    image: UInt8[np.ndarray, "H W 3"]
    boxes_xyxy: Float64[np.ndarray, "N 4"]
    class_ids: Int64[np.ndarray, "N"]

    def clicks(self, each: int) -> list[ClassClick]:
        """So many of every class, in the order of a person who goes from class to class."""
        chosen = [np.flatnonzero(self.class_ids == class_id)[n] for n in range(each) for class_id in (1, 2)]
        return [
            ClassClick(*map(float, (self.boxes_xyxy[i, :2] + self.boxes_xyxy[i, 2:]) / 2), int(self.class_ids[i]))
            for i in chosen
        ]

    def map50(self, answer: Detections) -> float:
        truth = Truth(oriented.from_upright(self.boxes_xyxy), self.class_ids, np.zeros(len(self.class_ids), bool))
        return average_precision([match(answer, truth, 100)], object_counts([truth])).map50


def drawn(times: int) -> list[Parts]:
    """Two images of parts of two classes, `times` as large as usual."""
    looks = draw_looks(2, np.random.default_rng(3))
    made = []
    for scene in draw_scenes(Wanted(2, 2, SIDE // times, 12, seed=4), looks):
        image = cv2.resize(scene.image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        boxes = np.array([(*outline.min(0), *outline.max(0)) for outline in scene.outlines]) * times
        made.append(Parts(image, boxes, scene.looks + 1))
    return made


@pytest.fixture(scope="module")
def detector() -> PyramidDetector:
    opened = open_detector()
    assert isinstance(opened, PyramidDetector)
    assert isinstance(opened, Detector)
    return opened


@pytest.fixture(scope="module")
def large() -> list[Parts]:
    return drawn(TIMES)


def test_large_parts_are_read_again_and_found(detector: PyramidDetector) -> None:
    _, here = drawn(7)
    before = here.image.copy()
    clicks = here.clicks(2)
    answer = detector.respond(detector.encode(here.image), clicks)
    assert answer.kept.answers.keys() == {1, 0.25}
    assist = DetectAssist(SHIPPED)
    once = assist.respond(assist.encode(here.image), clicks)
    assert here.map50(answer) > here.map50(once) + 0.3
    np.testing.assert_array_equal(here.image, before)


def test_small_parts_are_read_once(detector: PyramidDetector) -> None:
    here, _ = drawn(1)
    clicks = here.clicks(1)
    answer = detector.respond(detector.encode(here.image), clicks)
    assert list(answer.kept.answers) == [1]
    assist = DetectAssist(SHIPPED)
    same(answer, assist.respond(assist.encode(here.image), clicks))


def test_click_by_click_is_all_at_once_in_both_readings(detector: PyramidDetector, large: list[Parts]) -> None:
    here, other = large
    encoding = detector.encode(here.image)
    elsewhere = detector.templates(detector.encode(other.image), other.clicks(1))
    clicks = here.clicks(2)
    found = None
    for count in range(len(clicks) + 1):
        found = detector.respond(encoding, clicks[:count], found, elsewhere)
    assert found is not None
    same(found, detector.respond(encoding, clicks, None, elsewhere))
    same(detector.respond(encoding, clicks[:1], found), detector.respond(encoding, clicks[:1]))
    assert detector.respond(encoding, ()).kept.answers.keys() == {1}


def test_an_image_without_a_click_is_read_as_those_of_its_templates(
    detector: PyramidDetector, large: list[Parts]
) -> None:
    here, other = large
    clicks = here.clicks(2)
    encoding = detector.encode(here.image)
    elsewhere = detector.templates(encoding, clicks)
    assert {class_id: len(rows) for class_id, rows in elsewhere.items()} == {1: 2, 2: 2}
    answer = detector.respond(detector.encode(other.image), (), None, elsewhere)
    assert answer.kept.answers.keys() == detector.respond(encoding, clicks).kept.answers.keys()
    assert other.map50(answer) > 0.3
    small, _ = drawn(1)
    read = detector.encode(small.image)
    usual = detector.templates(read, small.clicks(2))
    assert read.data.readings.keys() == {1}
    assert detector.respond(detector.encode(other.image), (), None, usual).kept.answers.keys() == {1}


def test_a_class_is_read_again_where_enough_of_its_objects_is_left() -> None:
    mixed = {1: np.array([200.0, np.nan, 180.0]), 2: np.array([20.0]), 3: np.array([np.nan])}
    assert _scales_of(mixed) == {1: (1, 0.5), 2: (1, 0.5), 3: (1,)}  # 90 pixels on average
    assert _scales_of({1: np.array([400.0]), 2: np.array([26.0])}) == {1: (1, 0.25), 2: (1,)}
    assert _scales_of({1: np.array([50.0]), 2: np.array([20.0])}) == {1: (1,), 2: (1,)}
    assert _scales_of({}) == {}


def test_bad_clicks_are_refused(detector: PyramidDetector, large: list[Parts]) -> None:
    encoding = detector.encode(large[0].image)
    for outside in (ClassClick(-1, 5, 1), ClassClick(5, SIDE + 1, 1)):
        with pytest.raises(InputError, match="outside"):
            detector.respond(encoding, (outside,))
        with pytest.raises(InputError, match="outside"):
            detector.templates(encoding, (outside,))
    assert len(detector.respond(encoding, ())) == 0


def same(a: Detections, b: Detections) -> None:
    np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-4)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-6)
    np.testing.assert_array_equal(a.class_ids, b.class_ids)
