"""`fewclicks train regions`: the recipe, the loop, and the files that come of it."""

from dataclasses import replace
from pathlib import Path

import torch

from fewclicks.datasets.masked_images import Source
from fewclicks.errors import InputError
from fewclicks.methods.regions.inference.assist import RegionsAssist, Traits
from fewclicks.methods.regions.inference.prompts import GRID, PROMPT_CHANNELS
from fewclicks.methods.regions.training.recipe import RegionsTask, Settings
from fewclicks.methods.shared.training.encode_once_export import export_encode_once
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import RATE, Budget, run, tune_process
from fewclicks.training.quantize import examples, quantize

EXAMPLES = 24  # photos in which regions are asked about, for the ranges of an eight-bit copy
SENSITIVE = ("network.pixels.", "network.adapt.", "network.head.prompts.")  # what reads pixels, features and prompts


def train_regions(
    settings: Settings, sources: list[Source], start: Path, folder: Path, budget: Budget, name: str
) -> Path:
    """Train into `folder` (going on where it was left) and write NAME.onnx, NAME.int8.onnx and NAME.encoder.onnx there.

    `start`: a backbone (safetensors), or a trained model (the ONNX file of its head), which learns at a third of the
    rate.
    """
    tune_process()
    traits = Traits("", settings.loss, settings.shared)
    trained = start.suffix == ".onnx"
    if trained and replace(RegionsAssist(start, threads=1).traits, weights="") != traits:
        raise InputError("a model with other switches than those to train", start)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    task = RegionsTask(settings, sources, start, device)
    run(task, folder, budget, RATE / 3 if trained else RATE)
    path = folder / f"{name}.onnx"
    prompts = torch.rand(3, PROMPT_CHANNELS, GRID, GRID, generator=torch.Generator().manual_seed(0))
    export_encode_once(task.network, path, replace(traits, weights=f"{name}-{fingerprint(task.network)}"), prompts)
    quantize(path, examples(task, EXAMPLES), SENSITIVE)
    return path
