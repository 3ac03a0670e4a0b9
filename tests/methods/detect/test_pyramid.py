"""The shipped class slots on parts several times as large as those they learnt from."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from jaxtyping import Float64, Int64, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.extents import Extents
from fewclicks.methods.detect.inference.model import DetectModel
from fewclicks.methods.detect.inference.pyramid import PyramidModel, Readable, Readings
from fewclicks.methods.detect.inference.sizes import SCALES, SURE, Sizes
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Files
from fewclicks.model import Encoding, Response
from fewclicks.prompts import BoxPrompt, ClassClick, Example, Prompts
from fewclicks.simulation.boxes.measure import GroundTruth, average_precision, match, object_counts
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

    def map50(self, answer: BoxesAnswer) -> float:
        truth = GroundTruth(oriented.from_upright(self.boxes_xyxy), self.class_ids, np.zeros(len(self.class_ids), bool))
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
def files() -> Files:
    found = shipped_files(DETECT)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def model(files: Files) -> PyramidModel:
    return PyramidModel(DetectModel(files))


@pytest.fixture(scope="module")
def large() -> list[Parts]:
    return drawn(TIMES)


Found = Response[BoxesAnswer, Readings]


def scales(found: Found) -> set[float]:
    assert found.memo is not None
    return set(found.memo.responses)


def once(files: Files, image: np.ndarray, clicks: list[ClassClick]) -> BoxesAnswer:
    """What the model answers that reads an image once."""
    model = DetectModel(files)
    return model.respond(model.encode(image), Prompts.of(*clicks)).answer


def test_large_parts_are_read_again_and_found(model: PyramidModel, files: Files) -> None:
    _, here = drawn(7)
    before = here.image.copy()
    clicks = here.clicks(2)
    found = model.respond(model.encode(here.image), Prompts.of(*clicks))
    assert scales(found) == {1, 0.5, 0.25}
    assert here.map50(found.answer) > here.map50(once(files, here.image, clicks)) + 0.3
    np.testing.assert_array_equal(here.image, before)


def test_small_parts_are_read_once(model: PyramidModel, files: Files) -> None:
    here, _ = drawn(1)
    clicks = here.clicks(1)
    found = model.respond(model.encode(here.image), Prompts.of(*clicks))
    assert scales(found) == {1}
    same(found.answer, once(files, here.image, clicks))
    assert (model.info.details["read_once"], DetectModel(files).info.details["read_once"]) == (False, True)


def test_click_by_click_is_all_at_once_in_both_readings(model: PyramidModel, large: list[Parts]) -> None:
    here, other = large
    encoding = model.encode(here.image)
    elsewhere = model.examples(model.encode(other.image), other.clicks(1))
    prompts = Prompts((), elsewhere)
    found = model.respond(encoding, prompts)
    for click in here.clicks(2):
        prompts = prompts.then(click)
        found = model.respond(encoding, prompts, found)
    same(found.answer, model.respond(encoding, prompts).answer)
    few = Prompts.of(here.clicks(2)[0])
    same(model.respond(encoding, few, found).answer, model.respond(encoding, few).answer)
    assert scales(model.respond(encoding, Prompts())) == {1}


@pytest.mark.parametrize("seed", range(2))
def test_answers_do_not_depend_on_what_came_before(model: PyramidModel, large: list[Parts], seed: int) -> None:
    rng, (here, other) = np.random.default_rng(seed), large
    encoding, clicks = model.encode(here.image), here.clicks(2)
    elsewhere = model.examples(model.encode(other.image), other.clicks(1))
    previous: Found | None = None
    for _ in range(4):
        chosen = tuple(clicks[index] for index in rng.permutation(len(clicks))[: rng.integers(len(clicks) + 1)])
        prompts = Prompts((chosen[:1], chosen[1:]), elsewhere[: rng.integers(3)])
        found = model.respond(encoding, prompts, previous)
        fresh = model.respond(encoding, prompts)
        equal(found.answer, fresh.answer)
        previous = found if rng.random() < 0.7 else Response(found.answer)


def test_an_image_without_a_click_is_read_as_its_examples_need(model: PyramidModel, large: list[Parts]) -> None:
    here, other = large
    clicks = here.clicks(2)
    encoding = model.encode(here.image)
    elsewhere = model.examples(encoding, clicks)
    assert [each.class_id for each in elsewhere] == [1, 2, 1, 2]
    found = _elsewhere(model, other, elsewhere)
    assert scales(found) == {1, 0.25}
    assert other.map50(found.answer) > 0.3
    small, _ = drawn(1)
    read: Encoding[Readable] = model.encode(small.image)
    usual = model.examples(read, small.clicks(2))
    assert scales(_elsewhere(model, other, usual)) == {1}


def _elsewhere(model: PyramidModel, other: Parts, examples: tuple[Example, ...]) -> Found:
    return model.respond(model.encode(other.image), Prompts((), examples))


def sized(lengths: dict[int, np.ndarray], extents: Extents | None = None, confidence: float = 0.5) -> Sizes:
    """Sizes of objects that the first reading found with this confidence."""
    return Sizes(extents or {}, lengths, {each: np.full(len(own), confidence) for each, own in lengths.items()}, {})


def test_a_class_is_read_again_where_enough_of_its_objects_is_left() -> None:
    def read(lengths: dict[int, np.ndarray]) -> dict[int, tuple[float, ...]]:
        return sized(lengths).scales(SCALES)

    mixed = {1: np.array([200.0, np.nan, 180.0]), 2: np.array([20.0]), 3: np.array([np.nan])}
    assert read(mixed) == {1: (1, 0.5), 2: (1, 0.5), 3: (1,)}  # 90 pixels on average
    assert read({1: np.array([400.0]), 2: np.array([26.0])}) == {1: (1, 0.25), 2: (1,)}
    assert read({1: np.array([50.0]), 2: np.array([20.0])}) == {1: (1,), 2: (1,)}
    assert read({}) == {}


def test_extents_are_guessed_only_where_the_first_reading_is_not_sure() -> None:
    large = {1: np.array([200.0]), 2: np.array([20.0]), 3: np.array([np.nan])}
    unsure, sure = sized(large), sized(large, confidence=SURE)
    assert (unsure.sure(), sure.sure()) == (set(), {1, 2, 3})
    assert unsure.worth_guessing(24) == {1, 3}  # objects of class 2 are small
    assert sure.worth_guessing(24) == set()
    guesses = ([1, 2], np.array([[80.0, 120.0], [np.nan, np.nan]]))
    assert unsure.with_guesses(*guesses).scales_of_guesses(SCALES) == {1: (0.5,)}
    assert sure.with_guesses(*guesses).scales_of_guesses(SCALES) == {}
    elsewhere = sure.with_found([1], np.array([100.0]), np.array([0.2]))
    assert elsewhere.worth_guessing(24) == {1}


def test_a_class_with_boxes_is_read_once_where_its_objects_have_the_best_size() -> None:
    extents = {1: np.array([[100.0, 36.0], [90.0, 40.0]]), 2: np.array([[12.0, 12.0]])}
    clicked = {1: np.array([60.0]), 3: np.array([400.0])}
    sizes = sized(clicked, extents)
    assert sizes.scales(SCALES) == {1: (1,), 2: (2,), 3: (1, 0.25)}
    assert sizes.scales(SCALES[1:]) == {1: (1,), 2: (1,), 3: (1, 0.25)}  # not enlarged
    assert sized({}, extents).are_known([1, 2])
    assert not sizes.are_known([1, 2])


def boxes_in(here: Parts, each: int) -> list[BoxPrompt]:
    """Boxes around the objects of `here.clicks(each)`."""
    chosen = [np.flatnonzero(here.class_ids == class_id)[n] for n in range(each) for class_id in (1, 2)]
    return [BoxPrompt(*map(float, here.boxes_xyxy[i]), class_id=int(here.class_ids[i])) for i in chosen]


def test_boxes_find_large_parts_better_than_clicks(model: PyramidModel, large: list[Parts]) -> None:
    _, here = large
    encoding = model.encode(here.image)
    boxed = model.respond(encoding, Prompts.of(*boxes_in(here, 1)))
    assert scales(boxed) == {0.25}
    assert here.map50(boxed.answer) > here.map50(model.respond(encoding, Prompts.of(*here.clicks(1))).answer) + 0.2


def test_boxes_find_small_parts_in_an_enlarged_image(model: PyramidModel) -> None:
    here, _ = drawn(1)
    encoding = model.encode(here.image)
    boxed = model.respond(encoding, Prompts.of(*boxes_in(here, 1)))
    assert scales(boxed) == {2}
    assert encoding.data.readings.keys() == {1}  # the enlarged reading is not kept with the image
    assert here.map50(boxed.answer) > 0.9


def test_boxes_one_by_one_are_all_at_once_and_go_to_other_images(model: PyramidModel, large: list[Parts]) -> None:
    here, other = large
    encoding = model.encode(here.image)
    prompts, found = Prompts(), model.respond(encoding, Prompts())
    for box in [*boxes_in(here, 2), *here.clicks(1)]:
        prompts = prompts.then(box)
        found = model.respond(encoding, prompts, found)
    same(found.answer, model.respond(encoding, prompts).answer)
    elsewhere = model.examples(encoding, boxes_in(here, 2))
    there = _elsewhere(model, other, elsewhere)
    assert scales(there) == scales(model.respond(encoding, Prompts.of(*boxes_in(here, 2))))
    clicked = _elsewhere(model, other, model.examples(encoding, here.clicks(2)))
    assert other.map50(there.answer) > other.map50(clicked.answer) - 0.05


def test_bad_clicks_are_refused(model: PyramidModel, large: list[Parts]) -> None:
    encoding = model.encode(large[0].image)
    for outside in (ClassClick(-1, 5, 1), ClassClick(5, SIDE + 1, 1)):
        with pytest.raises(InputError, match="outside"):
            model.respond(encoding, Prompts.of(outside))
        with pytest.raises(InputError, match="outside"):
            model.examples(encoding, (outside,))
    assert len(model.respond(encoding, Prompts()).answer) == 0


def same(a: BoxesAnswer, b: BoxesAnswer) -> None:
    np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-4)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-6)
    np.testing.assert_array_equal(a.class_ids, b.class_ids)


def equal(a: BoxesAnswer, b: BoxesAnswer) -> None:
    for name in ("boxes", "scores", "class_ids", "probabilities"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
