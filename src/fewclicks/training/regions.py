"""`fewclicks train regions`: the recipe, the loop, and the files that come of it."""

from pathlib import Path

import torch

from fewclicks.formats.masked_images import Source
from fewclicks.methods.regions.assist import Traits
from fewclicks.methods.regions.prompts import GRID, PROMPT_CHANNELS
from fewclicks.methods.regions.recipe import RegionsTask, Settings
from fewclicks.training.encode_once_export import export_encode_once
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import Budget, run, tune_process


def train_regions(
    settings: Settings, sources: list[Source], backbone: Path, folder: Path, budget: Budget, name: str
) -> Path:
    """Train into `folder` (going on where it was left) and write NAME.onnx and NAME.encoder.onnx there."""
    tune_process()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    task = RegionsTask(settings, sources, backbone, device)
    run(task, folder, budget)
    path = folder / f"{name}.onnx"
    prompts = torch.rand(3, PROMPT_CHANNELS, GRID, GRID, generator=torch.Generator().manual_seed(0))
    traits = Traits(f"{name}-{fingerprint(task.network)}", settings.loss, settings.shared)
    export_encode_once(task.network, path, traits, prompts)
    return path
