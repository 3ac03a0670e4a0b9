"""The assist with the weights of the package: what must hold whatever the weights are."""

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.assist import RegionsAssist
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.prompts import Click, ExtremePoints, History, Scribble

SIZE = (120, 160)


def region(name: str, x0: float, y0: float, x1: float, y1: float) -> ExtremePoints:
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    return ExtremePoints(((cx, y0), (x0, cy), (cx, y1), (x1, cy)), name)


REGIONS: History = (
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


@pytest.fixture(scope="module")
def assist() -> RegionsAssist:
    return RegionsAssist.shipped()


@pytest.fixture(scope="module")
def encoding(assist: RegionsAssist):  # type: ignore[no-untyped-def]
    return assist.encode(np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8))


def test_every_pixel_in_a_box_has_a_region(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    partition = assist.respond(encoding, REGIONS)
    assert partition.regions == ("sky", "ground", "left", "right")
    assert partition.unlabelled == 0
    assert assist.respond(encoding, REGIONS[2:]).unlabelled > 0.5


def test_going_on_from_the_last_answer_changes_nothing_but_the_work(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    previous = assist.respond(encoding, REGIONS)
    history: History = REGIONS
    for scribble in SCRIBBLES:
        history = (*history, scribble)
        step, whole = assist.respond(encoding, history, previous), assist.respond(encoding, history)
        np.testing.assert_array_equal(step.labels, whole.labels)
        assert step.opinion is not None
        assert whole.opinion is not None
        np.testing.assert_array_equal(step.opinion.labels, whole.opinion.labels)
        for name, answer in whole.opinion.answers.items():
            np.testing.assert_allclose(step.opinion.answers[name].logits, answer.logits, rtol=1e-3, atol=1e-4)
        previous = step


def test_a_scribble_asks_again_only_about_regions_whose_box_it_meets(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    before = assist.respond(encoding, REGIONS)
    after = assist.respond(encoding, (*REGIONS, SCRIBBLES[0]), before)
    assert before.opinion is not None
    assert after.opinion is not None
    again = {name for name, answer in after.opinion.answers.items() if answer is not before.opinion.answers[name]}
    assert again == {"left", "sky", "ground"}


def test_undoing_a_scribble_gives_what_was_there(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    before = assist.respond(encoding, REGIONS)
    after = assist.respond(encoding, (*REGIONS, *SCRIBBLES), before)
    np.testing.assert_array_equal(assist.respond(encoding, REGIONS, after).labels, before.labels)


def test_a_scribble_owns_its_pixels_and_the_last_one_wins(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    crossing = (Scribble(((5.0, 5.0), (100.0, 5.0)), "sky"), Scribble(((50.0, 2.0), (50.0, 30.0)), "left"))
    labels = assist.respond(encoding, (*REGIONS, *crossing)).labels
    assert labels[5, 20] == 1
    assert labels[5, 50] == 3


def test_a_scribble_of_one_point_owns_its_pixel(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    answer = assist.respond(encoding, (*REGIONS, Scribble(((20.5, 50.5),), "right")))
    assert answer.mask("right").full()[50, 20]


def test_a_scribble_beyond_the_box_widens_it(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    outward = Scribble(((40.0, 60.0), (80.0, 60.0)), "left")
    assert assist.respond(encoding, (*REGIONS, outward)).mask("left").xyxy[2] >= 80


def base_partition() -> Partition:
    masks = {}
    for name, area in {"a": np.s_[:, :90], "b": np.s_[:, 90:], "c": np.s_[30:60, 70:110]}.items():
        full = np.zeros(SIZE, bool)
        full[area] = True
        masks[name] = Mask.from_full(full)
    return Partition.of_masks(masks, SIZE)


def test_masks_that_overlap_become_a_partition_with_the_smaller_on_top() -> None:
    assert base_partition().mask("c").area == 30 * 40
    assert base_partition().unlabelled == 0


def test_a_base_stays_but_for_what_the_history_changes(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    base = base_partition()
    np.testing.assert_array_equal(assist.respond(encoding, (), base=base).labels, base.labels)
    scribble = Scribble(((60.0, 100.0), (120.0, 100.0)), "a")
    after = assist.respond(encoding, (scribble,), base=base)
    assert after.labels[100, 118] == 1
    assert after.regions == base.regions
    again = assist.respond(encoding, (scribble,), previous=after, base=base)
    np.testing.assert_array_equal(again.labels, after.labels)


def test_a_base_without_pixels_is_none(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    base = Partition.of_masks({"gone": Mask.empty(SIZE)}, SIZE)
    answer = assist.respond(encoding, REGIONS, base=base)
    np.testing.assert_array_equal(answer.labels, assist.respond(encoding, REGIONS).labels)


def test_a_new_region_beside_a_base(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    new = assist.respond(encoding, (region("new", 20, 20, 60, 60),), base=base_partition())
    assert new.regions == ("a", "b", "c", "new")
    unchanged = new.labels[:, 115:] == base_partition().labels[:, 115:]
    assert unchanged.all()


@pytest.mark.parametrize(
    ("history", "problem"),
    [
        ((), "got nothing"),
        ((region("a", 10, 10, 200, 50),), "outside the 160x120 image"),
        ((region("a", 10, float("nan"), 20, 50),), "outside"),
        ((region("a", 10, 20, 60, 20),), "lie on a line"),
        ((region("a", 10, 20, 10.5, 90),), "lie on a line"),
        ((*REGIONS, region("sky", 1, 1, 9, 9)), "has extreme points already"),
        ((*REGIONS, Scribble(((5.0, 5.0),), "nobody")), "needs a region with extreme points"),
        ((*REGIONS, Scribble((), "sky")), "needs a point"),
        ((*REGIONS, Scribble(((5.0, 5.0), (-1.0, 5.0)), "sky")), "scribble at"),
        ((*REGIONS, Click(5, 5, True)), "expected extreme points or scribbles"),
        (tuple(region(str(n), 0, 0, 10, 10) for n in range(1001)), "more than the 1000"),
    ],
)
def test_what_makes_no_sense_is_refused(assist: RegionsAssist, encoding, history: History, problem: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=problem):
        assist.respond(encoding, history)


def test_odd_but_possible_input_is_answered(assist: RegionsAssist, encoding) -> None:  # type: ignore[no-untyped-def]
    twins: History = (region("a", 10, 10, 90, 90), region("b", 10, 10, 90, 90))
    across = Scribble(((0.0, 0.0), (160.0, 120.0)), "a")
    labels = assist.respond(encoding, (*twins, Scribble(((50.0, 50.0),), "b"), across)).labels
    assert labels[50, 50] == 2 or labels[50, 50] == 1
    assert (assist.respond(encoding, twins).labels > 0).sum() == 80 * 80
    many = tuple(region(str(n), n % 20 * 7, n // 20 * 10, n % 20 * 7 + 12, n // 20 * 10 + 14) for n in range(200))
    assert len(assist.respond(encoding, many).regions) == 200


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (17, 23)])
def test_small_and_thin_images(assist: RegionsAssist, shape: tuple[int, int]) -> None:
    encoding = assist.encode(np.full((*shape, 3), 128, np.uint8))
    partition = assist.respond(encoding, (region("a", 0, 0, shape[1], shape[0]),))
    assert (partition.labels == 1).all()
