"""The CPR loss against the paper's equations, written as loops."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.methods.locate.inference.bags import circles  # noqa: E402
from fewclicks.methods.locate.inference.bags import sampled as sampled_numpy  # noqa: E402
from fewclicks.methods.locate.training.losses.bags import far_cells, sampled  # noqa: E402
from fewclicks.methods.locate.training.losses.cpr import LossTerms, PointBatch, cpr_losses  # noqa: E402

SIZE_HW, CLASSES, RADIUS = (9, 12), 2, 2
POINTS = [np.array([[3.2, 4.1], [11.5, 0.4], [14.0, 4.0]]), np.array([[6.0, 8.0]])]  # the third is outside its map
CHANNELS = [np.array([0, 1, 0]), np.array([1])]
AREAS = np.array([[0.0, 0, 12, 9], [0, 0, 8, 9]])  # the second image fills a part of its map


@pytest.fixture
def maps() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    logits, selection = rng.normal(0, 2, (2, 2, CLASSES, *SIZE_HW))
    return logits, selection


def batch(points: list[np.ndarray], channels: list[np.ndarray]) -> PointBatch:
    image = np.repeat(np.arange(len(points)), [len(each) for each in points])
    return PointBatch(
        torch.from_numpy(np.concatenate(points)),
        torch.from_numpy(image),
        torch.from_numpy(np.concatenate(channels)),
        torch.from_numpy(AREAS),
    )


def losses(maps: tuple[np.ndarray, np.ndarray], terms: LossTerms, centre: bool = True) -> dict[str, float]:
    offsets = np.concatenate([np.zeros((int(centre), 2)), circles(RADIUS)])
    logits, selection = map(torch.from_numpy, maps)
    found = cpr_losses(terms, logits, selection, batch(POINTS, CHANNELS), torch.from_numpy(offsets), RADIUS)
    return {name: loss.item() for name, loss in found.items()}


def sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def fl(scores: np.ndarray, labels: np.ndarray) -> float:
    """Eq. 4, as a loss."""
    return -sum(
        c * (1 - s) ** 2 * np.log(s) + (1 - c) * s**2 * np.log(1 - s) for s, c in zip(scores, labels, strict=True)
    )


def bags(maps: np.ndarray, centre: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """The values [U, K] of the valid points of each bag, and the label of its point."""
    found = []
    for image, (points, channels) in enumerate(zip(POINTS, CHANNELS, strict=True)):
        low, high = AREAS[image, :2], AREAS[image, 2:]
        for point, channel in zip(points, channels, strict=True):
            if not ((point >= low) & (point <= high)).all():
                continue
            places = np.concatenate([point[None][: int(centre)], point + circles(RADIUS)])
            valid = [place for place in places if ((place >= low) & (place <= high)).all()]
            found.append((sampled_numpy(maps[image], np.array(valid)).T, np.eye(CLASSES)[channel]))
    return found


@pytest.mark.parametrize("centre", [True, False])
def test_the_mil_loss_is_that_of_equations_5_to_7(maps: tuple[np.ndarray, np.ndarray], centre: bool) -> None:
    wanted = []
    for (logits, label), (selection, _) in zip(bags(maps[0], centre), bags(maps[1], centre), strict=True):
        weights = np.exp(selection) / np.exp(selection).sum(0)
        wanted.append(fl((weights * sigmoid(logits)).sum(0), label))
    assert len(wanted) == 3
    assert losses(maps, "mil", centre)["mil"] == pytest.approx(np.mean(wanted), rel=1e-5)


def test_the_annotation_loss_is_that_of_equations_8_and_9(maps: tuple[np.ndarray, np.ndarray]) -> None:
    wanted = [fl(sigmoid(logits[0]), label) for logits, label in bags(maps[0], True)]
    assert losses(maps, "ann+neg")["ann"] == pytest.approx(np.mean(wanted), rel=1e-5)


def test_the_positive_loss_takes_every_point_of_a_bag_as_positive(maps: tuple[np.ndarray, np.ndarray]) -> None:
    wanted = [np.mean([fl(sigmoid(point), label) for point in logits]) for logits, label in bags(maps[0], True)]
    assert losses(maps, "pos+ann+neg")["pos"] == pytest.approx(np.mean(wanted), rel=1e-5)


def test_the_negative_loss_is_that_of_equations_2_and_10(maps: tuple[np.ndarray, np.ndarray]) -> None:
    total = 0.0
    for image, (points, channels) in enumerate(zip(POINTS, CHANNELS, strict=True)):
        for y, x in np.ndindex(*SIZE_HW):
            centre = np.array([x, y]) + 0.5
            if (centre > AREAS[image, 2:]).any():
                continue
            for k in range(CLASSES):
                if all(np.hypot(*(centre - point)) > RADIUS for point in points[channels == k]):
                    score = sigmoid(maps[0][image, k, y, x])
                    total -= score**2 * np.log(1 - score)
    assert losses(maps, "mil+neg")["neg"] == pytest.approx(total / 3, rel=1e-5)


@pytest.mark.parametrize(
    ("terms", "names"),
    [("mil", {"mil"}), ("mil+ann", {"mil", "ann"}), ("mil+neg", {"mil", "neg"}), ("ann+neg", {"ann", "neg"}),
     ("pos+ann+neg", {"pos", "ann", "neg"}), ("mil+ann+neg", {"mil", "ann", "neg"})],
)  # fmt: skip
def test_each_row_of_table_2_has_its_terms(
    maps: tuple[np.ndarray, np.ndarray], terms: LossTerms, names: set[str]
) -> None:
    assert set(losses(maps, terms)) == names


def test_without_points_every_cell_of_the_image_is_negative(maps: tuple[np.ndarray, np.ndarray]) -> None:
    nothing = batch([np.zeros((0, 2))] * 2, [np.zeros(0, np.int64)] * 2)
    logits = torch.from_numpy(maps[0]).requires_grad_()
    offsets = torch.from_numpy(circles(RADIUS).copy())
    found = cpr_losses("mil+ann+neg", logits, torch.from_numpy(maps[1]), nothing, offsets, RADIUS)
    assert (found["mil"].item(), found["ann"].item()) == (0, 0)
    found["neg"].backward()
    assert logits.grad is not None
    assert logits.grad[0].all()
    assert logits.grad[1, :, :, :8].all()
    assert not logits.grad[1, :, :, 8:].any()


def test_maps_are_sampled_as_at_inference() -> None:
    rng = np.random.default_rng(1)
    maps, places = rng.normal(size=(3, 2, 5, 7)), rng.uniform(-1, 8, (4, 6, 2))
    image = np.array([0, 0, 2, 2])
    got = sampled(torch.from_numpy(maps), torch.from_numpy(image), torch.from_numpy(places))
    for number, of_image in enumerate(image.tolist()):
        wanted = sampled_numpy(maps[of_image], places[number]).T
        np.testing.assert_allclose(got[number].numpy(), wanted, atol=1e-5)


def test_the_surroundings_of_a_class_are_no_negatives_of_that_class_only() -> None:
    centres = torch.tensor([[0.5, 0.5], [3.5, 0.5], [9.5, 0.5]])
    points, channels = torch.tensor([[0.5, 0.5], [9.5, 0.5]]), torch.tensor([0, 1])
    far = far_cells(centres, points, channels, 3, 3.0)
    assert far.tolist() == [[False, True, True], [False, True, True], [True, False, True]]
