"""What the tests of all recipes start from."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

ONE_BLOCK_EACH = [
    [1, 16, 1, 1],
    [6, 24, 1, 2],
    [6, 32, 1, 2],
    [6, 64, 1, 2],
    [6, 96, 1, 1],
    [6, 160, 1, 2],
    [6, 320, 1, 1],
]
ENDS_OF_ONE_BLOCK_EACH = (2, 3, 4, 6, 8)  # of the stages


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MobileNetV2 with weights of chance, as a file."""
    pytest.importorskip("torch", reason="training needs fewclicks[train]")
    return random_mobilenet(tmp_path_factory.mktemp("backbone") / "mobilenet.safetensors")


@pytest.fixture(scope="module")
def shallow_backbone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same of a MobileNetV2 with one block for each number of channels: tracing it takes half the time."""
    pytest.importorskip("torch", reason="training needs fewclicks[train]")
    from torchvision.models import MobileNetV2

    with pytest.MonkeyPatch.context() as patch:
        shallow = partial(MobileNetV2, inverted_residual_setting=ONE_BLOCK_EACH)
        patch.setattr("torchvision.models.mobilenet_v2", shallow)
        patch.setattr("fewclicks.methods.shared.training.blocks._STAGE_ENDS", ENDS_OF_ONE_BLOCK_EACH)
        yield random_mobilenet(tmp_path_factory.mktemp("shallow") / "mobilenet.safetensors")


def random_mobilenet(path: Path) -> Path:
    """Write a MobileNetV2 whose norms change what they get, as those of a trained one do."""
    import torch
    import torchvision
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = torchvision.models.mobilenet_v2()
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.uniform_(norm.running_var, 0.5, 1.5)
        torch.nn.init.normal_(norm.running_mean, 0, 0.1)
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(autouse=True, scope="module")
def few_examples() -> Iterator[None]:
    """Ranges of an eight-bit copy from a handful of answers: they take most of a training of seconds."""
    pytest.importorskip("torch", reason="training needs fewclicks[train]")
    with pytest.MonkeyPatch.context() as patch:
        for recipe in ("segment", "regions"):
            patch.setattr(f"fewclicks.methods.{recipe}.training.train.EXAMPLES", 8)
        yield
