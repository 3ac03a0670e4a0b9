"""Every assist through the same questions."""

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.baselines.grabcut import GrabCut
from fewclicks.methods.protocol import Assist
from fewclicks.methods.regions.inference.assist import RegionsAssist
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.methods.segment.inference.assist import SegmentAssist
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, History, Scribble

BOX = BoxPrompt(30, 20, 90, 80)
HISTORIES: dict[str, History] = {
    "box": (BOX,),
    "extreme points": (ExtremePoints(((30, 50), (60, 20), (90, 50), (60, 80))),),
    "box and clicks": (BOX, Click(60, 50, True, 1), Click(35, 25, False, 1)),
    "box and many clicks": (BOX, *(Click(31 + i % 58, 21 + i % 57, i % 3 > 0, 1 + i // 3) for i in range(60))),
}


@pytest.fixture(scope="module", params=["segment", "grabcut"])
def assist(request: pytest.FixtureRequest) -> Assist:
    return SegmentAssist.shipped() if request.param == "segment" else GrabCut()


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    pixels[np.hypot(xs - 60, ys - 50) < 28] = (220, 60, 40)
    return pixels


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_answers_are_repeatable_and_of_the_image_s_size(assist: Assist, image: np.ndarray, history: History) -> None:
    before = image.copy()
    encoding = assist.encode(image)
    first = assist.respond(encoding, history)
    again = assist.respond(encoding, history)
    assert first.mask == again.mask
    assert first.quality == again.quality
    assert first.mask.full().shape == image.shape[:2]
    np.testing.assert_array_equal(image, before)


def test_answers_do_not_depend_on_what_was_asked_before(assist: Assist, image: np.ndarray) -> None:
    encodings = [assist.encode(image), assist.encode(np.flip(image, (0, 1)).copy())]
    asked = [(encoding, history) for history in HISTORIES.values() for encoding in encodings] * 2
    answers = [assist.respond(*each).mask for each in asked]
    assert answers[: len(asked) // 2] == answers[len(asked) // 2 :]
    assert answers[0] != answers[1]


def test_previous_answer_is_not_modified(assist: Assist, image: np.ndarray) -> None:
    encoding = assist.encode(image)
    first = assist.respond(encoding, (BOX,))
    kept = first.mask.full().copy()
    second = assist.respond(encoding, (BOX, Click(60, 50, True, 1)), first)
    np.testing.assert_array_equal(first.mask.full(), kept)
    assert second.round == 1


def test_a_clear_object_is_found(assist: Assist, image: np.ndarray) -> None:
    ys, xs = np.mgrid[:100, :130]
    truth = np.hypot(xs - 60, ys - 50) < 28
    found = assist.respond(assist.encode(image), (BOX,)).mask.full()
    assert (found & truth).sum() / (found | truth).sum() > 0.8


@pytest.mark.parametrize(
    "history", [(), (BoxPrompt(500, 500, 600, 600),), (Click(-3, 5, True),), (Click(5, 5, False, 1),)]
)
def test_what_makes_no_sense_is_refused(assist: Assist, image: np.ndarray, history: History) -> None:
    with pytest.raises(InputError):
        assist.respond(assist.encode(image), history)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (17, 23)])
def test_small_and_thin_images(assist: Assist, shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 3), 128, np.uint8)
    answer = assist.respond(assist.encode(pixels), (BoxPrompt(0, 0, shape[1], shape[0]),))
    assert answer.mask.size_hw == shape


@pytest.mark.parametrize("seed", range(8))
def test_segment_never_ignores_a_click(image: np.ndarray, seed: int) -> None:
    assist = SegmentAssist.shipped()
    encoding = assist.encode(image)
    rng = np.random.default_rng(seed)
    clicks = [Click(30 + 12 * int(i), 20 + 12 * int(i), bool(rng.random() < 0.5), 1) for i in rng.permutation(5)]
    mask = assist.respond(encoding, (BOX, *clicks)).mask.full()
    assert [bool(mask[int(click.y), int(click.x)]) for click in clicks] == [click.adds for click in clicks]


def test_segment_starts_from_a_click_alone(image: np.ndarray) -> None:
    assist = SegmentAssist.shipped()
    answer = assist.respond(assist.encode(image), (Click(60, 50, True, 1),))
    assert answer.mask.full()[50, 60]
    assert answer.quality is not None
    assert 0 <= answer.quality <= 1


@pytest.mark.parametrize("pixels", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32)])
def test_segment_refuses_what_is_no_image(pixels: np.ndarray) -> None:
    with pytest.raises((InputError, TypeError)):
        SegmentAssist.shipped().encode(pixels)


DISK = ExtremePoints(((32, 50), (60, 22), (88, 50), (60, 78)), "disk")
GROUND = ExtremePoints(((0, 50), (60, 0), (130, 50), (60, 100)), "ground")
STROKE = Scribble(((62.0, 50.0), (75.0, 40.0)), "disk")
REGION_HISTORIES: dict[str, History] = {
    "one region": (DISK,),
    "two regions": (DISK, GROUND),
    "and scribbles": (DISK, GROUND, STROKE, Scribble(((10.0, 10.0),), "ground")),
}


@pytest.fixture(scope="module")
def regions() -> RegionsAssist:
    return RegionsAssist.shipped()


@pytest.fixture(scope="module")
def base() -> Partition:
    """A mask that was there before anything was clicked."""
    strip = np.zeros((100, 130), bool)
    strip[85:, :] = True
    return Partition.of_masks({"strip": Mask.from_full(strip)}, (100, 130))


@pytest.mark.parametrize("history", REGION_HISTORIES.values(), ids=REGION_HISTORIES)
def test_partitions_are_repeatable_and_of_the_image_s_size(
    regions: RegionsAssist, image: np.ndarray, base: Partition, history: History
) -> None:
    before = image.copy()
    encoding = regions.encode(image)
    for masks in (None, base):
        first = regions.respond(encoding, history, base=masks)
        regions.respond(encoding, (GROUND, Scribble(((60.0, 50.0), (90.0, 50.0)), "ground")))
        again = regions.respond(encoding, history, base=masks)
        assert first.regions == again.regions
        assert first.size_hw == image.shape[:2]
        np.testing.assert_array_equal(first.labels, again.labels)
        np.testing.assert_array_equal(first.labels, regions.respond(regions.encode(image), history, base=masks).labels)
    np.testing.assert_array_equal(image, before)


def test_previous_partition_and_base_are_not_modified(
    regions: RegionsAssist, image: np.ndarray, base: Partition
) -> None:
    encoding = regions.encode(image)
    first = regions.respond(encoding, (DISK, GROUND), base=base)
    kept, was_there = first.labels.copy(), base.labels.copy()
    assert first.opinion is not None
    logits = {name: answer.logits.copy() for name, answer in first.opinion.answers.items()}
    second = regions.respond(encoding, (DISK, GROUND, STROKE), first, base)
    assert (second.labels[50, 62], second.regions) == (second.regions.index("disk") + 1, first.regions)
    np.testing.assert_array_equal(first.labels, kept)
    np.testing.assert_array_equal(base.labels, was_there)
    for name, answer in first.opinion.answers.items():
        np.testing.assert_array_equal(answer.logits, logits[name])


def test_a_clear_region_is_found(regions: RegionsAssist, image: np.ndarray) -> None:
    ys, xs = np.mgrid[:100, :130]
    truth = np.hypot(xs - 60, ys - 50) < 28
    found = regions.respond(regions.encode(image), (DISK, GROUND)).mask("disk").full()
    assert (found & truth).sum() / (found | truth).sum() > 0.8


@pytest.mark.parametrize(
    "history", [(), (BOX,), (ExtremePoints(((500, 5), (5, 9)), "a"),), (STROKE,), (DISK, Click(5, 5, True))]
)
def test_partitions_of_what_makes_no_sense_are_refused(
    regions: RegionsAssist, image: np.ndarray, history: History
) -> None:
    with pytest.raises(InputError):
        regions.respond(regions.encode(image), history)


@pytest.mark.parametrize("pixels", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32)])
def test_regions_refuses_what_is_no_image(regions: RegionsAssist, pixels: np.ndarray) -> None:
    with pytest.raises((InputError, TypeError)):
        regions.encode(pixels)
