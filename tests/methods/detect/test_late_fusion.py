"""What the networks that read heatmaps make of a click."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.methods.detect.inference.network.design import STRIDES, LateFusion  # noqa: E402
from fewclicks.methods.detect.inference.network.heatmaps import heatmaps  # noqa: E402
from fewclicks.methods.detect.training.network.late_fusion import ResNetLateFusion, SmallLateFusion  # noqa: E402

NETWORKS = {"small": (SmallLateFusion, 4), "resnet18": (ResNetLateFusion, 1)}


@pytest.mark.parametrize("name", ["small", "resnet18"])
def test_a_click_says_the_same_in_images_of_all_sizes_and_beside_other_clicks(name: LateFusion) -> None:
    torch.manual_seed(0)
    make, stride = NETWORKS[name]
    network = make(2).eval()

    def at_click(side: int, *points: tuple[float, float]) -> list[torch.Tensor]:
        xy = np.array(points).reshape(-1, 2)
        heat = heatmaps(xy, np.zeros(len(xy), int), 2, (side, side), stride, 9.0)
        with torch.no_grad():
            levels = network(torch.from_numpy(heat)[None])
        return [level[0, :, 100 // s, 100 // s] for level, s in zip(levels, STRIDES, strict=True)]

    click, far = (100.0, 100.0), [(900.0, 900.0), (900.0, 700.0), (700.0, 900.0)]
    alone = at_click(256, click)
    assert not torch.allclose(alone[0], at_click(256)[0], atol=0.01)
    for others in (at_click(1024, click), at_click(1024, click, *far)):
        for level, same in zip(alone, others, strict=True):
            torch.testing.assert_close(level, same, rtol=1e-4, atol=1e-4)
