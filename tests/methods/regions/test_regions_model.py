"""The shipped model: what must hold whatever the weights are."""

from collections.abc import Sequence

import numpy as np
import pytest

from fewclicks.answers import PartitionAnswer
from fewclicks.errors import InputError, ModelError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.memo import RegionsMemo
from fewclicks.methods.regions.inference.model import RegionsModel, RegionsResponse
from fewclicks.methods.shared.encoded_image import EncodedImage
from fewclicks.model import Encoding
from fewclicks.prompts import BoxPrompt, ClassClick, Click, ExtremePoints, MaskPrompt, Prompt, Prompts, Scribble

SIZE = (120, 160)


def region(name: str, x0: float, y0: float, x1: float, y1: float) -> ExtremePoints:
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    return ExtremePoints(((cx, y0), (x0, cy), (cx, y1), (x1, cy)), name)


REGIONS = (
    region("sky", 0, 0, 160, 60),
    region("ground", 0, 50, 160, 120),
    region("left", 10, 30, 50, 100),
    region("right", 120, 70, 150, 110),
)
SCRIBBLES = (
    Scribble(((20.0, 40.0), (30.0, 60.0), (28.0, 90.0)), "left"),
    Scribble(((100.0, 20.0), (100.0, 55.0)), "sky"),
    Scribble(((60.0, 110.0),), "ground"),
)


Encoded = Encoding[EncodedImage]


@pytest.fixture(scope="module")
def encoding(model: RegionsModel) -> Encoded:
    return model.encode(np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8))


def ask(
    model: RegionsModel,
    encoding: Encoded,
    prompts: Sequence[Prompt],
    previous: RegionsResponse | None = None,
    base: Sequence[MaskPrompt] = (),
) -> RegionsResponse:
    return model.respond(encoding, Prompts((tuple(base), tuple(prompts))), previous)


def memo_of(response: RegionsResponse) -> RegionsMemo:
    assert response.memo is not None
    return response.memo


def test_every_pixel_in_a_box_has_a_region(model: RegionsModel, encoding: Encoded) -> None:
    partition = ask(model, encoding, REGIONS).answer
    assert partition.targets == ("sky", "ground", "left", "right")
    assert partition.unlabelled == 0
    assert ask(model, encoding, REGIONS[2:]).answer.unlabelled > 0.5


def test_going_on_from_the_last_answer_changes_nothing_but_the_work(model: RegionsModel, encoding: Encoded) -> None:
    previous = ask(model, encoding, REGIONS)
    prompts: tuple[Prompt, ...] = REGIONS
    for scribble in SCRIBBLES:
        prompts = (*prompts, scribble)
        step, whole = ask(model, encoding, prompts, previous), ask(model, encoding, prompts)
        np.testing.assert_array_equal(step.answer.labels, whole.answer.labels)
        here, there = memo_of(step).prediction, memo_of(whole).prediction
        np.testing.assert_array_equal(here.labels, there.labels)
        for target, output in there.outputs.items():
            np.testing.assert_allclose(here.outputs[target].logits, output.logits, rtol=1e-3, atol=1e-4)
        previous = step


def test_a_scribble_asks_again_only_about_regions_whose_box_it_meets(model: RegionsModel, encoding: Encoded) -> None:
    before = ask(model, encoding, REGIONS)
    after = ask(model, encoding, (*REGIONS, SCRIBBLES[0]), before)
    known = memo_of(before).prediction.outputs
    again = {name for name, output in memo_of(after).prediction.outputs.items() if output is not known[name]}
    assert again == {"left", "sky", "ground"}


def test_undoing_a_scribble_gives_what_was_there(model: RegionsModel, encoding: Encoded) -> None:
    before = ask(model, encoding, REGIONS)
    after = ask(model, encoding, (*REGIONS, *SCRIBBLES), before)
    np.testing.assert_array_equal(ask(model, encoding, REGIONS, after).answer.labels, before.answer.labels)


def test_a_scribble_owns_its_pixels_and_the_last_one_wins(model: RegionsModel, encoding: Encoded) -> None:
    crossing = (Scribble(((5.0, 5.0), (100.0, 5.0)), "sky"), Scribble(((50.0, 2.0), (50.0, 30.0)), "left"))
    labels = ask(model, encoding, (*REGIONS, *crossing)).answer.labels
    assert labels[5, 20] == 1
    assert labels[5, 50] == 3


def test_a_scribble_of_one_point_owns_its_pixel(model: RegionsModel, encoding: Encoded) -> None:
    answer = ask(model, encoding, (*REGIONS, Scribble(((20.5, 50.5),), "right"))).answer
    assert answer.mask("right").full()[50, 20]


def test_a_scribble_beyond_the_box_widens_it(model: RegionsModel, encoding: Encoded) -> None:
    outward = Scribble(((40.0, 60.0), (80.0, 60.0)), "left")
    assert ask(model, encoding, (*REGIONS, outward)).answer.mask("left").xyxy[2] >= 80


def base_masks() -> tuple[MaskPrompt, ...]:
    prompts = []
    for name, area in {"a": np.s_[:, :90], "b": np.s_[:, 90:], "c": np.s_[30:60, 70:110]}.items():
        full = np.zeros(SIZE, bool)
        full[area] = True
        prompts.append(MaskPrompt(Mask.from_full(full), name))
    return tuple(prompts)


def base_partition() -> PartitionAnswer:
    return PartitionAnswer.of_masks({prompt.target: prompt.mask for prompt in base_masks()}, SIZE)


def test_masks_that_overlap_become_a_partition_with_the_smaller_on_top(model: RegionsModel, encoding: Encoded) -> None:
    answer = ask(model, encoding, (), base=base_masks()).answer
    assert answer.mask("c").area == 30 * 40
    assert answer.unlabelled == 0


def test_a_base_stays_but_for_what_the_prompts_change(model: RegionsModel, encoding: Encoded) -> None:
    base = base_masks()
    np.testing.assert_array_equal(ask(model, encoding, (), base=base).answer.labels, base_partition().labels)
    scribble = Scribble(((60.0, 100.0), (120.0, 100.0)), "a")
    after = ask(model, encoding, (scribble,), base=base)
    assert after.answer.labels[100, 118] == 1
    assert after.answer.targets == ("a", "b", "c")
    again = ask(model, encoding, (scribble,), after, base)
    np.testing.assert_array_equal(again.answer.labels, after.answer.labels)


def test_an_unchanged_base_is_not_computed_again(model: RegionsModel, encoding: Encoded) -> None:
    first = ask(model, encoding, (), base=base_masks())
    scribble = Scribble(((60.0, 100.0), (120.0, 100.0)), "a")
    again = ask(model, encoding, (scribble,), first, base_masks())  # equal masks, other objects
    assert memo_of(again).base is memo_of(first).base
    other = ask(model, encoding, (scribble,), first, base_masks()[:2])
    assert memo_of(other).base is not memo_of(first).base


def test_a_base_without_pixels_is_none(model: RegionsModel, encoding: Encoded) -> None:
    answer = ask(model, encoding, REGIONS, base=(MaskPrompt(Mask.empty(SIZE), "gone"),)).answer
    np.testing.assert_array_equal(answer.labels, ask(model, encoding, REGIONS).answer.labels)


def test_a_new_region_beside_a_base(model: RegionsModel, encoding: Encoded) -> None:
    new = ask(model, encoding, (region("new", 20, 20, 60, 60),), base=base_masks()).answer
    assert new.targets == ("a", "b", "c", "new")
    unchanged = new.labels[:, 115:] == base_partition().labels[:, 115:]
    assert unchanged.all()


def test_memory_is_that_of_answer_and_memo(model: RegionsModel, encoding: Encoded) -> None:
    labels = np.prod(SIZE) * 2
    logits = 96 * 96 * 4
    assert ask(model, encoding, REGIONS).nbytes == 2 * labels + 4 * logits
    assert ask(model, encoding, (), base=base_masks()).nbytes == 4 * labels + 6 * logits


@pytest.mark.parametrize(
    ("prompts", "problem"),
    [
        ((), "got none; add them"),
        ((region("a", 10, 10, 200, 50),), "outside the 160x120 image"),
        ((region("a", 10, float("nan"), 20, 50),), "outside"),
        ((region("a", 10, 20, 60, 20),), "lie on a line"),
        ((region("a", 10, 20, 10.5, 90),), "lie on a line"),
        ((*REGIONS, region("sky", 1, 1, 9, 9)), "has extreme points already"),
        ((*REGIONS, Scribble(((5.0, 5.0),), "nobody")), "has no extreme points; click them"),
        ((*REGIONS, Scribble((), "sky")), "has no points"),
        ((*REGIONS, Scribble(((5.0, 5.0), (-1.0, 5.0)), "sky")), "scribble at"),
        ((*REGIONS, Click(5, 5, True)), "expected extreme points, scribbles or masks, got 'click'"),
        ((BoxPrompt(1, 1, 9, 9),), "scribbles or masks, got 'box'"),
        ((*REGIONS, ClassClick(5, 5, 1)), "scribbles or masks, got 'class click'"),
        ((*REGIONS, *base_masks(), region("a", 1, 1, 9, 9)), "has extreme points already"),
        ((*base_masks(), *base_masks()), "two masks have the same target"),
        ((MaskPrompt(Mask.empty((5, 7)), "a"),), "is for 7x5 pixels; the image has 160x120"),
        (tuple(region(str(n), 0, 0, 10, 10) for n in range(1001)), "use at most 1000"),
    ],
)
def test_what_makes_no_sense_is_refused(
    model: RegionsModel, encoding: Encoded, prompts: tuple[Prompt, ...], problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        ask(model, encoding, prompts)


def test_odd_but_possible_input_is_answered(model: RegionsModel, encoding: Encoded) -> None:
    twins = (region("a", 10, 10, 90, 90), region("b", 10, 10, 90, 90))
    across = Scribble(((0.0, 0.0), (160.0, 120.0)), "a")
    labels = ask(model, encoding, (*twins, Scribble(((50.0, 50.0),), "b"), across)).answer.labels
    assert labels[50, 50] == 2 or labels[50, 50] == 1
    assert (ask(model, encoding, twins).answer.labels > 0).sum() == 80 * 80
    many = tuple(region(str(n), n % 20 * 7, n // 20 * 10, n % 20 * 7 + 12, n // 20 * 10 + 14) for n in range(200))
    assert len(ask(model, encoding, many).answer.targets) == 200


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (17, 23)])
def test_small_and_thin_images(model: RegionsModel, shape: tuple[int, int]) -> None:
    encoding = model.encode(np.full((*shape, 3), 128, np.uint8))
    partition = ask(model, encoding, (region("a", 0, 0, shape[1], shape[0]),)).answer
    assert (partition.labels == 1).all()


class Reader:
    """A large image of one colour."""

    def __init__(self, size_hw: tuple[int, int]) -> None:
        self.size_hw = size_hw

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> np.ndarray:
        return np.full((-(-(y1 - y0) // shrink), -(-(x1 - x0) // shrink), 3), 90, np.uint8)


def test_a_large_image_is_read_through_its_reader(model: RegionsModel) -> None:
    encoding = model.encode(Reader((3000, 4000)))
    assert encoding.size_hw == (3000, 4000)
    assert ask(model, encoding, (region("a", 0, 0, 4000, 3000),)).answer.unlabelled == 0


def test_a_too_large_image_is_refused(model: RegionsModel) -> None:
    with pytest.raises(ModelError, match="at most 100 million pixels, got 20000x10000"):
        model.encode(Reader((10_000, 20_000)))


def test_each_region_has_a_predicted_iou_unless_it_starts_from_a_mask(model: RegionsModel, encoding: Encoded) -> None:
    answer = ask(model, encoding, (*REGIONS, *SCRIBBLES)).answer
    assert answer.predicted_ious.keys() == set(answer.targets)
    assert all(0 <= iou <= 1 for iou in answer.predicted_ious.values())
    full = np.zeros(SIZE, bool)
    full[70:110, 120:150] = True
    base = [MaskPrompt(Mask.from_full(full), "right")]
    based = ask(model, encoding, REGIONS[:3], base=base).answer
    assert based.predicted_ious.keys() == {"sky", "ground", "left"}
