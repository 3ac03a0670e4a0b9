"""The losses against their formulas in plain numpy, and what they are about."""

import numpy as np
import pytest
from shapely.affinity import rotate, translate
from shapely.geometry import box

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.methods.detect.inference.network.box_coding import encode  # noqa: E402
from fewclicks.methods.detect.inference.network.cells import NOTHING  # noqa: E402
from fewclicks.methods.detect.inference.network.design import Design, Uel  # noqa: E402
from fewclicks.methods.detect.training.data.augment import Canvas  # noqa: E402
from fewclicks.methods.detect.training.data.synthesis import Questions  # noqa: E402
from fewclicks.methods.detect.training.losses.enforcing import dense_uel, enforced  # noqa: E402
from fewclicks.methods.detect.training.losses.supervision import Batch, dense_losses  # noqa: E402
from fewclicks.methods.detect.training.losses.terms import (  # noqa: E402
    box_loss,
    generalized_iou,
    uel_binary,
    uel_cross_entropy,
)
from fewclicks.methods.detect.training.network.second_stage import Regions, region_losses  # noqa: E402
from fewclicks.methods.shared.training.focal import focal  # noqa: E402

BOXES = np.array([[20.0, 20, 24, 24, 0], [44, 40, 16, 20, 0]])


def np_focal(logit: float, target: float) -> float:
    score = 1 / (1 + np.exp(-logit))
    right = score if target else 1 - score
    return (0.25 if target else 0.75) * (1 - right) ** 2 * -np.log(right)


def batch(asked: tuple[bool, ...] = (True, True, True), clicked: tuple[int, ...] = (1,), cut: bool = False) -> Batch:
    """One canvas with an object of channel 0 and one of channel 2."""
    nothing, cut_boxes = np.zeros((0, 5)), np.array([[56.0, 8, 16, 16, 0]])
    canvas = Canvas(np.zeros((64, 64, 3), np.uint8), BOXES, np.array([5, 7]), cut_boxes if cut else nothing)
    at = np.array(clicked, np.int64)
    rows, places = np.zeros((0, 3), np.int64), np.zeros((0, 2))
    questions = Questions([np.array([0, 2])], [at], [BOXES[at, :2]], rows, places, np.array([asked]))
    return Batch(Design(), [canvas], questions)


def test_focal_loss() -> None:
    logits, targets = np.array([-3.0, 0.2, 4.0, 1.5]), np.array([0.0, 1.0, 0.0, 1.0])
    got = focal(torch.from_numpy(logits), torch.from_numpy(targets)).numpy()
    np.testing.assert_allclose(got, [np_focal(a, b) for a, b in zip(logits, targets, strict=True)])


def test_dense_losses_are_the_formula_over_all_cells() -> None:
    one = batch()
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(1, len(one.cells), 3))
    wanted, positives = 0.0, 0
    for cell, which in enumerate(one.assigned[0]):
        for channel in range(3):
            is_it = which != NOTHING and (0, 2)[which] == channel
            positives += is_it
            wanted += np_focal(logits[0, cell, channel], float(is_it))
    found = one.assigned[0] != NOTHING
    values = np.zeros((1, len(one.cells), 4))
    values[0, found] = encode(BOXES[one.assigned[0, found]], one.cells[found], False)
    losses = dense_losses(one, torch.from_numpy(logits), torch.from_numpy(values))
    assert losses["class"].item() == pytest.approx(wanted / positives)
    assert losses["box"].item() == pytest.approx(0, abs=1e-9)


def test_box_loss_is_smooth_l1_and_giou() -> None:
    off = torch.tensor([[1.0, 0, 0, 0]])  # side by side, in a hull that both fill
    assert generalized_iou(off, torch.zeros(1, 4)).item() == pytest.approx(0)
    assert box_loss(off, torch.zeros(1, 4)).item() == pytest.approx((1 - 0.05) + 1)
    assert box_loss(torch.zeros(0, 4), torch.zeros(0, 4)).item() == 0


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.2, -0.7])
def test_giou_of_boxes_of_the_right_angle_is_shapelys(angle: float) -> None:
    """Where the hull is the smallest upright box in the frame of both."""
    rng = np.random.default_rng(0)
    references = np.tile([[50.0, 50, 32]], (40, 1))
    found, wanted = (
        np.concatenate([rng.normal(50, 12, (40, 2)), rng.uniform(8, 60, (40, 2)), np.full((40, 1), angle)], 1)
        for _ in range(2)
    )
    wanted[:, 2] = wanted[:, 3] + rng.uniform(1, 20, 40)  # the angle is that of the longer side
    found[:, 2] = found[:, 3] + rng.uniform(1, 20, 40)
    coded = [torch.from_numpy(encode(each, references, oriented=bool(angle))) for each in (found, wanted)]
    got = generalized_iou(*coded).numpy()
    for row, a, b in zip(got, found, wanted, strict=True):
        first, second = (rotate(box(-w / 2, -h / 2, w / 2, h / 2), angle, (0, 0), True) for w, h in (a[2:4], b[2:4]))
        first, second = translate(first, *a[:2]), translate(second, *b[:2])
        union = first.union(second).area
        hull = rotate(first.union(second), -angle, (0, 0), True).envelope.area
        assert row == pytest.approx(first.intersection(second).area / union - (hull - union) / hull, abs=1e-6)


def test_giou_has_a_slope_everywhere() -> None:
    values = torch.zeros(1, 7, requires_grad=True)  # an oriented square, away from the box that is wanted
    generalized_iou(values, torch.tensor([[3.0, 2, 0.5, 0, 0, 1, 0]])).sum().backward()
    assert torch.isfinite(values.grad).all()
    assert values.grad[0, :2].min() > 0


def test_what_is_not_asked_or_cut_off_has_no_loss() -> None:
    values = torch.zeros(1, len(batch().cells), 4)

    def gradient(one: Batch) -> np.ndarray:
        logits = torch.zeros(1, len(one.cells), 3, requires_grad=True)
        dense_losses(one, logits, values)["class"].backward()
        return logits.grad.numpy()[0]

    assert gradient(batch()).all()
    some = gradient(batch(asked=(True, False, False)))
    assert some[:, 0].all()
    assert not some[:, 1:].any()
    assert not gradient(batch(asked=(False, False, False))).any()
    quiet = ~gradient(batch(cut=True)).any(1)
    np.testing.assert_array_equal(
        batch().cells[quiet][:, :2], [[52, 4], [60, 4], [52, 12], [60, 12], [56, 8], [48, 16]]
    )


def test_equation_4_is_about_predictions_that_overlap_a_clicked_object() -> None:
    one = batch(clicked=(1, 0))
    predicted = np.array([[44.0, 40, 4, 4, 0], [34, 34, 20, 20, 0], [60, 8, 4, 4, 0], [20, 20, 2, 2, 0]])
    j, channels = enforced(one, "paper", 0, predicted, np.full(4, NOTHING))
    assert sorted(zip(j.tolist(), channels.tolist(), strict=True)) == [(0, 2), (1, 0), (1, 2), (3, 0)]


def test_the_published_code_is_about_positives_at_the_click_and_their_own_class() -> None:
    predicted = np.array([[44.0, 40, 4, 4, 0], [36, 40, 10, 10, 0], [44, 40, 9, 9, 0], [38, 40, 10.5, 9, 0]])
    j, channels = enforced(batch(), "code", 0, predicted, np.array([2, 2, NOTHING, 0]))
    assert list(zip(j.tolist(), channels.tolist(), strict=True)) == [(0, 2), (3, 0)]


@pytest.mark.parametrize("uel", ["paper", "classes", "code", "off"])
def test_a_region_of_a_class_that_is_not_asked_about_says_nothing_of_it(uel: Uel) -> None:
    """The second object is clicked, the first lies around another click and is of a class that nobody asked for."""
    one = batch(asked=(False, True, True), clicked=(1,))
    one.questions.points[0] = np.array([[21.0, 21.0]])
    regions = Regions(np.zeros(2, np.int64), np.array([[20.0, 20, 32], [44, 40, 32]]), np.array([0, 1]))
    logits, values = torch.zeros(2, 4, requires_grad=True), torch.zeros(2, 4)
    losses = region_losses(one, uel, regions, logits, values)
    loss = losses["class"] + losses.get("uel", torch.zeros(()))
    loss.backward()
    assert loss.item() < 10
    assert logits.grad is not None
    assert not logits.grad[:, 1].any()
    assert logits.grad[0, 0] <= 0  # what is not asked about is nothing


def test_equation_4_is_the_mean_over_its_pairs() -> None:
    one = batch(clicked=(0, 1))
    rng = np.random.default_rng(1)
    logits, values = rng.normal(size=(1, len(one.cells), 3)), rng.normal(0, 0.3, (1, len(one.cells), 4))
    from fewclicks.geometry.boxes import pairwise_iou
    from fewclicks.geometry.oriented import enclosing
    from fewclicks.methods.detect.inference.network.box_coding import decode

    boxes = decode(values[0].astype(np.float32), one.cells, False)
    scorewise, entropies = [], []
    for j, k in np.argwhere(pairwise_iou(enclosing(boxes), enclosing(BOXES)) > 0):
        channel, own = (0, 2)[k], logits[0, j]
        scorewise.append(sum(np.log1p(np.exp(-own[c] if c == channel else own[c])) for c in range(3)))
        entropies.append(np.log(np.exp(own).sum()) - own[channel])
    got = [dense_uel(one, kind, torch.from_numpy(logits), torch.from_numpy(values)) for kind in ("paper", "classes")]
    assert [loss.item() for loss in got] == pytest.approx([np.mean(scorewise), np.mean(entropies)], rel=1e-5)


def test_no_pairs_are_no_loss() -> None:
    one = batch(clicked=())
    values = torch.zeros(1, len(one.cells), 4)
    for kind in ("paper", "classes", "code"):
        assert dense_uel(one, kind, torch.zeros(1, len(one.cells), 3), values).item() == 0
    nothing = torch.zeros(0, dtype=torch.long)
    assert uel_binary(torch.zeros(0, 3), nothing, torch.zeros(0, 3, dtype=torch.bool)).item() == 0
    assert uel_cross_entropy(torch.zeros(0, 3), nothing).item() == 0
