import numpy as np
import pytest

from fewclicks.methods.baselines.template_matching import TemplateMatching
from fewclicks.prompts import ClassClick

SPOTS = [(20, 20), (70, 24), (33, 88), (100, 70)]


def scene(colours: bool) -> tuple[np.ndarray, np.ndarray]:
    """The same picture pasted four times on noise, and its boxes."""
    rng = np.random.default_rng(0)
    image = rng.integers(90, 140, (120, 130, 3 if colours else 1), dtype=np.uint8)
    thing = rng.integers(0, 255, (10, 14, image.shape[2]), dtype=np.uint8)
    for x, y in SPOTS:
        image[y - 5 : y + 5, x - 7 : x + 7] = thing
    boxes = np.array([(x, y, 14, 10, 0) for x, y in SPOTS], float)
    return np.repeat(image, 1 if colours else 3, axis=2), boxes


@pytest.mark.parametrize("colours", [True, False])
def test_one_click_finds_every_copy(colours: bool) -> None:
    image, boxes = scene(colours)
    detector = TemplateMatching(boxes)
    answer = detector.respond(detector.encode(image), (ClassClick(20, 20, 3),))
    best = answer.boxes[:4]
    np.testing.assert_array_equal(best[np.lexsort(best.T)], boxes[np.lexsort(boxes.T)])
    np.testing.assert_allclose(answer.scores[:4], 1, atol=1e-3)
    assert (answer.scores[4:] < 0.6).all()
    assert (answer.class_ids == 3).all()


def test_clicks_one_by_one_and_all_at_once_are_the_same() -> None:
    image, boxes = scene(colours=True)
    detector = TemplateMatching(boxes)
    encoding = detector.encode(image)
    clicks = (ClassClick(20, 20, 3), ClassClick(100, 70, 4))
    first = detector.respond(encoding, clicks[:1])
    step, at_once = detector.respond(encoding, clicks, first), detector.respond(encoding, clicks)
    for name in ("boxes", "scores", "class_ids"):
        np.testing.assert_array_equal(getattr(step, name), getattr(at_once, name))
    assert set(step.class_ids) == {3, 4}


def test_without_clicks_and_beside_all_objects_nothing_is_found() -> None:
    image, boxes = scene(colours=False)
    detector = TemplateMatching(boxes)
    encoding = detector.encode(image)
    assert len(detector.respond(encoding, ())) == 0
    assert len(detector.respond(encoding, (ClassClick(120, 5, 0),))) == 0


def test_what_is_too_small_or_flat_to_correlate_is_found_where_it_was_clicked() -> None:
    image = np.full((40, 40, 3), 7, np.uint8)
    boxes = np.array([[10.5, 10.5, 1, 1, 0], [30, 30, 12, 8, 0]])
    detector = TemplateMatching(boxes)
    answer = detector.respond(detector.encode(image), (ClassClick(10.5, 10.5, 0), ClassClick(30, 30, 1)))
    assert answer.boxes.tolist() == boxes.tolist()
    assert answer.scores.tolist() == [1, 1]


def test_an_oriented_example_gives_boxes_of_its_angle() -> None:
    image, boxes = scene(colours=True)
    turned = np.array([[20, 20, 12.0, 6, 0.4]])
    detector = TemplateMatching(turned)
    answer = detector.respond(detector.encode(image), (ClassClick(20, 20, 0),))
    assert (answer.boxes[:, 2:] == turned[0, 2:]).all()
    assert {tuple(np.rint(box[:2])) for box in answer.boxes[:4]} == {tuple(box[:2]) for box in boxes}
