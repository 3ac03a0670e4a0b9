"""A file is halved where that changes nothing that matters, and kept whole where it would. One whose answers are
other than the network's is not written at all.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

import onnxruntime
import torch

from fewclicks.errors import FewclicksError
from fewclicks.training.export import export_onnx


@dataclass(frozen=True)
class Traits:
    weights: str = "a-1"


@pytest.mark.parametrize("spread", [1.0, 6e-3])
def test_a_file_is_halved_unless_its_answers_would_change(tmp_path: Path, spread: float) -> None:
    """Weights that hardly differ from 1 are rounded away in half precision, and differences of inputs are lost."""
    torch.manual_seed(0)
    network = torch.nn.Linear(64, 64, bias=False)
    with torch.no_grad():
        network.weight.mul_(spread).add_(1)
    even = torch.tensor([[1.0, -1.0] * 32])  # what the weights have in common cancels out
    path = tmp_path / "a.onnx"
    assert export_onnx(network, {"x": even}, path, Traits(), ("y",)) < 3e-2
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["fewclicks"] == '{"weights": "a-1"}'
    (got,) = session.run(None, {"x": even.numpy()})
    wanted = network(even).detach().numpy()
    assert np.abs(got - wanted).max() < 3e-2 * wanted.std()
    assert str(Path(__file__).parent).encode() not in path.read_bytes()
    assert (path.stat().st_size < 64 * 64 * 3) == (spread == 1)
    assert list(tmp_path.iterdir()) == [path]


class Noted(torch.nn.Linear):
    """Notes which of its copies are moved to another device."""

    moved: ClassVar[list[torch.nn.Module]] = []

    def to(self, *args: Any, **kwargs: Any) -> "Noted":
        self.moved.append(self)
        return super().to(*args, **kwargs)


def test_the_network_stays_where_and_as_it_is(tmp_path: Path) -> None:
    """On a GPU it has to stay there: what is exported is asked again for the ranges of its eight-bit copy."""
    network = Noted(4, 4)
    export_onnx(network, {"x": torch.ones(1, 4)}, tmp_path / "a.onnx", Traits(), ("y",))
    assert network.training
    assert Noted.moved
    assert not any(each is network for each in Noted.moved)


class OtherOnceExported(torch.nn.Module):
    """Answers `wrong` times as much when it is exported as when it is asked."""

    def __init__(self, wrong: float) -> None:
        super().__init__()
        self.wrong = wrong

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.wrong if torch.compiler.is_exporting() else x


@pytest.mark.parametrize("wrong", [1.01, float("nan")])
def test_a_file_that_answers_otherwise_than_the_network_is_not_written(tmp_path: Path, wrong: float) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"the one before")
    x = torch.linspace(-1, 1, 64)[None]
    with pytest.raises(
        FewclicksError, match=r"a\.onnx: not written, because the outputs of ONNX and PyTorch differ by"
    ):
        export_onnx(OtherOnceExported(wrong), {"x": x}, path, Traits(), ("y",))
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"the one before"
