"""The loss that teaches class slots which classes there are."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from torch.nn.functional import normalize  # noqa: E402

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource  # noqa: E402
from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES  # noqa: E402
from fewclicks.methods.detect.training.network.proxies import TEMPERATURE, Proxies  # noqa: E402
from fewclicks.methods.detect.training.recipe import numbered  # noqa: E402

SIDE = 64
CELLS = sum((SIDE // stride) ** 2 for stride in STRIDES)


def test_it_is_the_cross_entropy_of_cosines() -> None:
    torch.manual_seed(0)
    levels = [torch.randn(2, CHANNELS, SIDE // stride, SIDE // stride) for stride in STRIDES]
    proxies = Proxies(5)
    image, cell, classes = torch.tensor([0, 1, 1]), torch.tensor([3, 64, CELLS - 1]), torch.tensor([4, 0, 2])
    features = torch.stack([levels[0][0, :, 0, 3], levels[1][1, :, 0, 0], levels[2][1, :, 1, 1]])
    cosines = normalize(features, dim=1) @ normalize(proxies.weight, dim=1).T
    expected = [-(row / TEMPERATURE).log_softmax(0)[which] for row, which in zip(cosines, classes, strict=True)]
    found = proxies(levels, image, cell, classes)
    assert found.item() == pytest.approx(sum(expected).item() / 3, rel=1e-5)  # type: ignore[union-attr]
    none = torch.zeros(0, dtype=torch.long)
    assert proxies(levels, none, none, none).item() == 0


def test_only_the_direction_of_features_counts() -> None:
    proxies = Proxies(3)
    at = [torch.tensor([0])] * 2
    levels = [torch.zeros(1, CHANNELS, SIDE // stride, SIDE // stride) for stride in STRIDES]
    levels[0][0, :, 0, 0] = proxies.weight[1].detach()
    near = proxies(levels, *at, torch.tensor([1])).item()
    assert near < 0.01 < proxies(levels, *at, torch.tensor([2])).item()
    levels[0] *= 100
    assert proxies(levels, *at, torch.tensor([1])).item() == pytest.approx(near, abs=1e-6)


def test_every_set_has_classes_of_its_own() -> None:
    def source(ids: list[int], names: dict[int, str]) -> BoxedSource:
        boxes = np.tile([10.0, 10, 4, 4, 0], (len(ids), 1))
        return BoxedSource("made up", (BoxedImage(Path("a.png"), (20, 20), boxes, np.array(ids, np.int64)),), names)

    sources, seen = numbered([source([1, 4, 1], {4: "car", 1: "ship"}), source([1], {1: "cell"})])
    assert seen == 3
    assert [each.images[0].class_ids.tolist() for each in sources] == [[0, 1, 0], [2]]
    assert [each.class_names for each in sources] == [{0: "ship", 1: "car"}, {2: "cell"}]
