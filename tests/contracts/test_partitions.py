"""Models of partitions through the same questions. Not yet under the contract of models."""

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.assist import RegionsAssist
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, History, Scribble

BOX = BoxPrompt(30, 20, 90, 80)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(90, 110, (100, 130, 3), dtype=np.uint8)
    ys, xs = np.mgrid[:100, :130]
    pixels[np.hypot(xs - 60, ys - 50) < 28] = (220, 60, 40)
    return pixels


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
