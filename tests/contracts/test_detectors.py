"""Every detector through the same questions."""

from collections.abc import Callable

import numpy as np
import pytest
from fewclicks.methods.detect.inference.detections import Detections, Detector

from fewclicks.errors import InputError
from fewclicks.methods.baselines.passthrough import CertainClicks, PassthroughDetector
from fewclicks.methods.baselines.template_matching import TemplateMatching
from fewclicks.methods.detect.inference.large.tiled import TiledDetector
from fewclicks.methods.detect.inference.opening import open_detector
from fewclicks.prompts import ClassClick

SQUARE, DISK = 7, 3
SQUARES, DISKS = [(20, 20), (90, 30), (60, 90)], [(50, 20), (25, 70), (100, 80)]
CLICKS = (ClassClick(20, 20, SQUARE), ClassClick(50.4, 19.5, DISK), ClassClick(90, 31, SQUARE), ClassClick(0, 0, DISK))
BOXES = np.array([(x, y, 13.0, 13.0, 0.0) for x, y in SQUARES + DISKS])
DETECTORS: dict[str, Callable[[], Detector]] = {
    "class slots": open_detector,
    "by tiles": lambda: TiledDetector(open_detector()),
    "certain clicks": lambda: CertainClicks(open_detector()),
    "passthrough": lambda: PassthroughDetector(open_detector()),
    "template matching": lambda: TemplateMatching(BOXES),
}


@pytest.fixture(scope="module", params=DETECTORS.values(), ids=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    made: Detector = request.param()
    return made


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (110, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:110, :130]
    for x, y in SQUARES:
        pixels[y - 6 : y + 7, x - 6 : x + 7] = (220, 60, 40)
    for x, y in DISKS:
        pixels[np.hypot(xs - x, ys - y) < 7] = (40, 90, 230)
    return pixels


def same(a: Detections, b: Detections) -> None:
    np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-4)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-6)
    np.testing.assert_array_equal(a.class_ids, b.class_ids)


def test_answers_are_repeatable_and_of_classes_that_were_clicked(detector: Detector, image: np.ndarray) -> None:
    before = image.copy()
    encoding = detector.encode(image)
    assert encoding.size_hw == image.shape[:2]
    first = detector.respond(encoding, CLICKS)
    same(first, detector.respond(encoding, CLICKS))
    assert first.boxes.shape == (len(first), 5)
    assert ((first.scores >= 0) & (first.scores <= 1)).all()
    assert set(first.class_ids.tolist()) <= {SQUARE, DISK}
    np.testing.assert_array_equal(image, before)


def test_answers_do_not_depend_on_what_was_asked_before(detector: Detector, image: np.ndarray) -> None:
    encodings = [detector.encode(image), detector.encode(np.flip(image, (0, 1)).copy())]
    asked = [(encoding, CLICKS[:count]) for count in (4, 1, 0, 2) for encoding in encodings] * 2
    answers = [detector.respond(*each) for each in asked]
    for early, late in zip(answers[: len(asked) // 2], answers[len(asked) // 2 :], strict=True):
        same(early, late)


def test_an_earlier_answer_changes_nothing_and_is_not_changed(detector: Detector, image: np.ndarray) -> None:
    encoding = detector.encode(image)
    previous: Detections | None = None
    for count in (1, 2, 4, 3, 0, 2):
        kept = None if previous is None else (previous.boxes.copy(), previous.scores.copy())
        answer = detector.respond(encoding, CLICKS[:count], previous)
        same(answer, detector.respond(encoding, CLICKS[:count]))
        if previous is not None and kept is not None:
            np.testing.assert_array_equal(previous.boxes, kept[0])
            np.testing.assert_array_equal(previous.scores, kept[1])
        previous = answer


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (17, 23)])
def test_small_and_thin_images(detector: Detector, shape: tuple[int, int]) -> None:
    encoding = detector.encode(np.full((*shape, 3), 128, np.uint8))
    answer = detector.respond(encoding, [ClassClick(shape[1] / 2, shape[0] / 2, SQUARE)])
    assert np.isfinite(answer.boxes).all()


@pytest.mark.parametrize("click", [(-1, 5), (5, 111), (131, 5), (float("nan"), 5)])
def test_clicks_outside_are_refused(detector: Detector, image: np.ndarray, click: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="outside"):
        detector.respond(detector.encode(image), [*CLICKS, ClassClick(*click, SQUARE)])


def test_five_hundred_clicks(detector: Detector, image: np.ndarray) -> None:
    places = np.random.default_rng(0).uniform(0, 110, (500, 2)).round(1).tolist()
    clicks = [ClassClick(x, y, SQUARE if n % 2 else DISK) for n, (x, y) in enumerate(places)]
    answer = detector.respond(detector.encode(image), clicks)
    assert np.isfinite(answer.boxes).all()
