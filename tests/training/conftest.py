"""What the tests of all recipes start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MobileNetV2 with weights of chance, as a file; its norms change what they get, as those of a trained one."""
    torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
    from safetensors.torch import save_file
    from torchvision.models import mobilenet_v2

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("backbone") / "mobilenet.safetensors"
    network = mobilenet_v2()
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
