"""A method of another package on the command line: listed, given files, measured under its own name."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest

from fewclicks.methods import registry
from fewclicks.methods.segment import METHOD as SEGMENT
from fewclicks.methods.segment.inference.opening import open_model
from fewclicks.methods.spec import Files, FileSlot, MethodSpec, Resources, Role
from fewclicks.model import AnyModel
from fewclicks.prompts import BoxPrompt, Click

from .program import Program
from .test_simulate import FEW, data  # noqa: F401

TWIN = Role(
    name="twin",
    task="mask",
    prompts=(Click, BoxPrompt),
    open=f"{__name__}:open_twin",
    files=(FileSlot(".encoder.onnx", "the encoder"), FileSlot(".decoder.onnx", "the decoder")),
)


def open_twin(files: Files, resources: Resources) -> AnyModel:
    """`segment` from files under other names."""
    head = files[".decoder.onnx"].with_name("head.onnx")
    shutil.copy(files[".decoder.onnx"], head)
    try:
        return open_model({".onnx": head, ".encoder.onnx": files[".encoder.onnx"]}, resources)
    finally:
        head.unlink()


@dataclass(frozen=True)
class Point:
    spec: MethodSpec

    def load(self) -> MethodSpec:
        return self.spec


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    method = MethodSpec("twin", "Twin", "Segments like the other one.", (TWIN,))
    found = [*metadata.entry_points(group=registry.GROUP), Point(method)]
    monkeypatch.setattr(registry, "entry_points", lambda group: found)
    monkeypatch.setattr("fewclicks.methods.versions.user_data_folder", lambda: tmp_path / "user")
    registry.methods.cache_clear()
    registry.roles.cache_clear()
    yield
    monkeypatch.undo()
    registry.methods.cache_clear()
    registry.roles.cache_clear()


def test_a_method_of_another_package(fewclicks: Program, tmp_path: Path, data: Path) -> None:  # noqa: F811
    shipped = registry.shipped_files(SEGMENT.roles[0])
    assert shipped is not None
    assert "Same as `simulate mask --model twin`." in " ".join(fewclicks.done("simulate", "--help").split())
    refused = fewclicks.refused("simulate", "mask", "--model", "twin", "--data", data)
    assert refused.endswith("add one with: fewclicks models add twin ENCODER DECODER")
    fewclicks.done("models", "add", "twin", shipped[".encoder.onnx"], shipped[".onnx"])
    shown = fewclicks.done("models")
    assert "Twin (twin)" in shown
    assert "twin-1 (user)" in shown
    assert "no card" not in shown
    for words in (("mask", "--model", "twin"), ("mask", "--model", "twin-1"), ("twin",)):
        assert "2 objects" not in (table := fewclicks.done("simulate", *words, "--data", data, *FEW))
        assert "1 objects of " in table
