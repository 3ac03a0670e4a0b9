"""The networks of `detect` before any training: fusion, slots, and starting values."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")


from fewclicks.methods.detect.inference.network.box_coding import decode  # noqa: E402
from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES, Design  # noqa: E402
from fewclicks.methods.detect.inference.network.heatmaps import heatmaps  # noqa: E402
from fewclicks.methods.detect.training.network.detector import DetectNetwork  # noqa: E402
from fewclicks.methods.detect.training.network.from_slots import TURN_OF_UPRIGHT, UPRIGHT_TO_ORIENTED  # noqa: E402
from fewclicks.methods.detect.training.network.heads import SKIPS, DenseHead, Skip, above_the_mean, best_of_others  # noqa: E402


def test_the_shares_of_image_and_clicks_are_the_whole_fusion() -> None:
    torch.manual_seed(0)
    network = DetectNetwork(Design(), 3).eval()
    torch.nn.init.normal_(network.fusion.weight)
    sizes = [(96 // stride, 128 // stride) for stride in STRIDES]
    features = [torch.randn(2, CHANNELS, *size) for size in sizes]
    c3 = [torch.randn(2, 3, *size) for size in sizes]
    late = network.late_part(torch.rand(2, 3, 24, 32))
    split = network.click_part(network.image_part(features), c3, late)
    for one, other in zip(network.fuse(features, c3, late), split, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("skip", SKIPS)
def test_a_slot_without_a_template_is_judged_by_the_image_alone(skip: Skip) -> None:
    torch.manual_seed(0)
    head = DenseHead(3, 4, skip).eval()
    fused = [torch.randn(1, CHANNELS, 4, 4)]
    c3 = [torch.cat([torch.rand(1, 2, 4, 4), torch.zeros(1, 1, 4, 4)], 1)]
    with torch.no_grad():
        with_c3, without = head(fused, c3), head(fused, None)
    torch.testing.assert_close(with_c3[..., 2:], without[..., 2:])
    assert not torch.isclose(with_c3[..., :2], without[..., :2]).any()


def test_the_distance_from_the_mean_has_no_unit() -> None:
    c3 = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(0))
    away = above_the_mean(c3)
    torch.testing.assert_close(away.mean((2, 3)), torch.zeros(2, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(away.std((2, 3), correction=0), torch.ones(2, 3), atol=0.01, rtol=0)
    torch.testing.assert_close(above_the_mean(c3 * 3 - 1), away, atol=0.01, rtol=0)
    assert not above_the_mean(torch.zeros(1, 1, 4, 4)).any()


@pytest.mark.parametrize("slots", [1, 2, 5])
def test_a_slot_is_compared_with_the_best_of_the_others(slots: int) -> None:
    c3 = torch.randn(2, slots, 6, 7, generator=torch.Generator().manual_seed(0))
    c3[:, -1, 0], c3[:, :, 1] = c3[:, 0, 0], 0  # two slots of one template, and none that fits
    for slot in range(slots):
        others = [np.zeros((2, 6, 7)), *(c3[:, other].numpy() for other in range(slots) if other != slot)]
        np.testing.assert_array_equal(best_of_others(c3)[:, slot].numpy(), np.max(others, axis=0))


def test_what_a_click_adds_shows_in_the_fusion_before_any_training() -> None:
    torch.manual_seed(0)
    network = DetectNetwork(Design(), 3).eval()
    features = [torch.randn(1, CHANNELS, 96 // stride, 96 // stride) for stride in STRIDES]
    heat = torch.from_numpy(heatmaps(np.array([[41.0, 43.0]]), np.array([1]), 3, (96, 96), 4, 1.0))[None]
    clicked, nothing = (network.late_part(maps) for maps in (heat, torch.zeros_like(heat)))
    c3 = [torch.zeros(1, 3, *level.shape[2:]) for level in features]
    with_click, without = (network.fuse(features, c3, late) for late in (clicked, nothing))
    for number, stride in enumerate(STRIDES):
        at = (0, slice(None), 43 // stride, 41 // stride)
        assert (clicked[number] - nothing[number])[at].std() > 0.1  # features have 1
        assert (with_click[number] - without[number])[at].std() > 0.02


def test_upright_values_are_values_of_oriented_boxes() -> None:
    rng = np.random.default_rng(0)
    references, values = np.array([[5.0, 7, 32]]).repeat(50, 0), rng.normal(0, 1, (50, 4))
    turned = values @ UPRIGHT_TO_ORIENTED.numpy().T + TURN_OF_UPRIGHT.numpy()
    np.testing.assert_allclose(decode(turned, references, True), decode(values, references, False), atol=1e-5)
