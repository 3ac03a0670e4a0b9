"""C3 against the formulas of the paper, in numpy and in torch."""

import numpy as np
import pytest

from fewclicks.methods.detect.inference.network.correlation import collated, correlated, joined, maximum, sampled
from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES

POINTS = np.array([[20.0, 13.0], [0.0, 0.0], [96.0, 64.0], [70.2, 33.3], [95.0, 1.0]])
CLASSES = [3, 3, 5, 5, 3]


@pytest.fixture
def levels() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(CHANNELS, 64 // stride, 96 // stride)).astype(np.float32) for stride in STRIDES]


def weights(point: np.ndarray, stride: int, size_hw: tuple[int, int]) -> np.ndarray:
    """The heatmap of a click on a level (Eq. 1): as wide as linear interpolation, sum 1, nothing beyond the cells."""
    axes = []
    for at, count in zip(point[::-1] / stride - 0.5, size_hw, strict=True):
        axes.append(np.maximum(0, 1 - np.abs(np.arange(count) - np.clip(at, 0, count - 1))))
    heat = np.outer(*axes)
    return heat / heat.sum()


def templates(levels: list[np.ndarray]) -> np.ndarray:
    """Eq. 1, the levels side by side."""
    sums = [
        [(level * weights(point, stride, level.shape[1:])).sum((1, 2)) for point in POINTS]
        for stride, level in zip(STRIDES, levels, strict=True)
    ]
    return np.concatenate([np.array(level) for level in sums], axis=1)


def test_templates_are_equation_1(levels: list[np.ndarray]) -> None:
    np.testing.assert_allclose(sampled(levels, POINTS), templates(levels), atol=1e-5)


def test_correlation_is_equation_2(levels: list[np.ndarray]) -> None:
    rows = templates(levels).astype(np.float32)
    parts = []
    for number, level in enumerate(levels):
        own = rows[:, number * CHANNELS : (number + 1) * CHANNELS]
        parts.append(np.einsum("ki,iyx->kyx", own, level).reshape(len(rows), -1) / 8)
    np.testing.assert_allclose(correlated(levels, rows, "dot"), np.concatenate(parts, 1), atol=1e-4)
    cosines = correlated(levels, rows, "cosine")
    assert np.abs(cosines).max() <= 1 + 1e-5


def test_collation_is_equation_3(levels: list[np.ndarray]) -> None:
    rows = {class_id: templates(levels)[np.equal(CLASSES, class_id)].astype(np.float32) for class_id in (3, 5)}
    found = collated(levels, rows, "dot", "after")
    for class_id, own in rows.items():
        np.testing.assert_allclose(found[class_id], correlated(levels, own, "dot").max(0), atol=1e-5)
        mean = collated(levels, rows, "dot", "before")[class_id]
        np.testing.assert_allclose(mean, correlated(levels, own, "dot").mean(0), atol=1e-4)  # Eq. 2 is linear
    first, second = {3: rows[3][:1]}, {3: rows[3][1:], 5: rows[5]}
    apart = maximum(collated(levels, first, "dot", "after"), collated(levels, second, "dot", "after"))
    for class_id in rows:
        np.testing.assert_allclose(apart[class_id], found[class_id], atol=1e-5)
        np.testing.assert_array_equal(joined(first, second)[class_id], rows[class_id])


@pytest.mark.parametrize("kind", ["dot", "cosine"])
@pytest.mark.parametrize("collation", ["after", "before"])
def test_torch_computes_the_same(levels: list[np.ndarray], kind: str, collation: str) -> None:
    torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
    from fewclicks.methods.detect.inference.network.design import Design
    from fewclicks.methods.detect.training.network import c3

    both = [torch.from_numpy(np.stack([level * 0, level])) for level in levels]
    image = torch.ones(len(POINTS), dtype=torch.long)
    rows = c3.sampled(both, image, torch.from_numpy(POINTS.astype(np.float32)))
    np.testing.assert_allclose(rows.numpy(), sampled(levels, POINTS), atol=1e-5)
    channels = [{3: 0, 5: 2}[class_id] for class_id in CLASSES]
    maps = c3.collated(both, rows, image.tolist(), channels, Design(correlation=kind, collation=collation), 4)
    own = {class_id: sampled(levels, POINTS)[np.equal(CLASSES, class_id)] for class_id in (3, 5)}
    wanted = collated(levels, own, kind, collation)
    flat = torch.cat([level.flatten(2) for level in maps], 2).numpy()
    np.testing.assert_allclose(flat[1, 0], wanted[3], atol=1e-4)
    np.testing.assert_allclose(flat[1, 2], wanted[5], atol=1e-4)
    assert not flat[0].any()  # the other image was not asked
    assert not flat[1, [1, 3]].any()  # classes without clicks
