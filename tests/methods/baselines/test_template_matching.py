import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.methods.baselines.template_matching import TemplateMatching
from fewclicks.prompts import BoxPrompt, ClassClick, Prompts

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


def example(box: np.ndarray, class_id: int) -> BoxPrompt:
    x0, y0, x1, y1 = oriented.enclosing(box).tolist()
    return BoxPrompt(x0, y0, x1, y1, class_id=class_id)


def found_by(image: np.ndarray, *prompts: BoxPrompt) -> BoxesAnswer:
    model = TemplateMatching()
    return model.respond(model.encode(image), Prompts.of(*prompts)).answer


@pytest.mark.parametrize("colours", [True, False])
def test_one_example_finds_every_copy(colours: bool) -> None:
    image, boxes = scene(colours)
    answer = found_by(image, example(boxes[0], 3))
    best = answer.boxes[:4]
    np.testing.assert_array_equal(best[np.lexsort(best.T)], boxes[np.lexsort(boxes.T)])
    np.testing.assert_allclose(answer.scores[:4], 1, atol=1e-3)
    assert (answer.scores[4:] < 0.6).all()
    assert (answer.class_ids == 3).all()


def test_examples_one_by_one_and_all_at_once_are_the_same() -> None:
    image, boxes = scene(colours=True)
    model = TemplateMatching()
    encoding = model.encode(image)
    prompts = Prompts.of(example(boxes[0], 3)).then(example(boxes[3], 4))
    first = model.respond(encoding, Prompts(prompts.rounds[:1]))
    step, at_once = model.respond(encoding, prompts, first).answer, model.respond(encoding, prompts).answer
    for name in ("boxes", "scores", "class_ids"):
        np.testing.assert_array_equal(getattr(step, name), getattr(at_once, name))
    assert set(step.class_ids) == {3, 4}


def test_without_examples_nothing_is_found() -> None:
    image, _ = scene(colours=False)
    assert len(found_by(image)) == 0


def test_what_is_too_small_or_flat_to_correlate_is_found_where_it_was_prompted() -> None:
    image = np.full((40, 40, 3), 7, np.uint8)
    boxes = np.array([[10.5, 10.5, 1, 1, 0], [30, 30, 12, 8, 0]])
    answer = found_by(image, example(boxes[0], 0), example(boxes[1], 1))
    assert answer.boxes.tolist() == boxes.tolist()
    assert answer.scores.tolist() == [1, 1]


def test_boxes_without_a_class_or_outside_and_other_kinds_of_prompt_are_refused() -> None:
    image, _ = scene(colours=True)
    model = TemplateMatching()
    encoding = model.encode(image)
    for prompt, problem in (
        (BoxPrompt(1, 1, 9, 9), r"the box \(1, 1, 9, 9\) has no class"),
        (BoxPrompt(140, 1, 150, 9, class_id=1), "outside the 130x120 image"),
        (ClassClick(5, 5, 1), "accepts boxes, not class clicks"),
    ):
        with pytest.raises(InputError, match=problem):
            model.respond(encoding, Prompts.of(prompt))
    assert model.examples(encoding, ()) == ()
