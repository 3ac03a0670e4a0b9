"""Every model of partitions through the same tests."""

from collections.abc import Callable

import numpy as np
import pytest

from fewclicks.answers import PartitionAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions import METHOD
from fewclicks.methods.registry import open_model, shipped_files
from fewclicks.model import AnyModel
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, MaskPrompt, Prompt, Prompts, Scribble

DISK = ExtremePoints(((32, 50), (60, 22), (88, 50), (60, 78)), "disk")
GROUND = ExtremePoints(((0, 50), (60, 0), (130, 50), (60, 100)), "ground")
STROKE = Scribble(((62.0, 50.0), (75.0, 40.0)), "disk")
GIVEN: dict[str, tuple[Prompt, ...]] = {
    "one region": (DISK,),
    "two regions": (DISK, GROUND),
    "and scribbles": (DISK, GROUND, STROKE, Scribble(((10.0, 10.0),), "ground")),
}


def shipped_regions() -> AnyModel:
    files = shipped_files(METHOD.roles[0])
    assert files is not None
    return open_model(METHOD.roles[0], files)


@pytest.fixture(scope="module", params=[shipped_regions], ids=["regions"])
def model(request: pytest.FixtureRequest) -> AnyModel:
    opening: Callable[[], AnyModel] = request.param
    return opening()


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    pixels[np.hypot(xs - 60, ys - 50) < 28] = (220, 60, 40)
    return pixels


@pytest.fixture(scope="module")
def strip() -> MaskPrompt:
    """A mask that was there before anything was clicked."""
    full = np.zeros((100, 130), bool)
    full[85:, :] = True
    return MaskPrompt(Mask.from_full(full), "strip")


def answer_of(model: AnyModel, image: np.ndarray, *prompts: Prompt) -> PartitionAnswer:
    answer = model.respond(model.encode(image), Prompts.of(*prompts)).answer
    assert isinstance(answer, PartitionAnswer)
    return answer


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_answers_are_repeatable_and_of_the_image_s_size(
    model: AnyModel, image: np.ndarray, strip: MaskPrompt, given: tuple[Prompt, ...]
) -> None:
    before = image.copy()
    for masks in ((), (strip,)):
        first = answer_of(model, image, *masks, *given)
        answer_of(model, image, GROUND, Scribble(((60.0, 50.0), (90.0, 50.0)), "ground"))
        again = answer_of(model, image, *masks, *given)
        assert first.targets == again.targets
        assert first.size_hw == image.shape[:2]
        np.testing.assert_array_equal(first.labels, again.labels)
    np.testing.assert_array_equal(image, before)


def test_rounds_and_place_of_masks_make_no_difference(model: AnyModel, image: np.ndarray, strip: MaskPrompt) -> None:
    expected = answer_of(model, image, strip, DISK, GROUND, STROKE)
    encoding = model.encode(image)
    for rounds in (((strip,), (DISK,), (GROUND, STROKE)), ((DISK, GROUND), (), (STROKE, strip))):
        answer = model.respond(encoding, Prompts(rounds)).answer
        assert isinstance(answer, PartitionAnswer)
        np.testing.assert_array_equal(answer.labels, expected.labels)


def test_previous_response_and_masks_are_not_modified(model: AnyModel, image: np.ndarray, strip: MaskPrompt) -> None:
    encoding = model.encode(image)
    first = model.respond(encoding, Prompts.of(strip, DISK, GROUND))
    assert isinstance(first.answer, PartitionAnswer)
    labels, mask = first.answer.labels.copy(), strip.mask.full()
    second = model.respond(encoding, Prompts.of(strip, DISK, GROUND, STROKE), first).answer
    assert isinstance(second, PartitionAnswer)
    assert (second.labels[50, 62], second.targets) == (second.targets.index("disk") + 1, first.answer.targets)
    np.testing.assert_array_equal(first.answer.labels, labels)
    np.testing.assert_array_equal(strip.mask.full(), mask)
    undone = model.respond(encoding, Prompts.of(strip, DISK, GROUND), first).answer
    assert isinstance(undone, PartitionAnswer)
    np.testing.assert_array_equal(undone.labels, labels)


def test_a_clear_region_is_found(model: AnyModel, image: np.ndarray) -> None:
    ys, xs = np.mgrid[:100, :130]
    truth = np.hypot(xs - 60, ys - 50) < 28
    found = answer_of(model, image, DISK, GROUND).mask("disk").full()
    assert (found & truth).sum() / (found | truth).sum() > 0.8


@pytest.mark.parametrize(
    "given",
    [(), (BoxPrompt(30, 20, 90, 80),), (ExtremePoints(((500, 5), (5, 9)), "a"),), (STROKE,), (DISK, Click(5, 5, True))],
)
def test_what_makes_no_sense_is_refused(model: AnyModel, image: np.ndarray, given: tuple[Prompt, ...]) -> None:
    with pytest.raises(InputError):
        answer_of(model, image, *given)


@pytest.mark.parametrize("pixels", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32)])
def test_what_is_no_image_is_refused(model: AnyModel, pixels: np.ndarray) -> None:
    with pytest.raises((InputError, TypeError)):
        model.encode(pixels)
