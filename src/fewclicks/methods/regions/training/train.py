"""Training of `regions`: the recipe, the loop, and the files of the trained model."""

from dataclasses import asdict, replace
from pathlib import Path

import torch

from fewclicks.datasets.masked_images import Source, read_source
from fewclicks.errors import InputError
from fewclicks.methods.regions.inference.annotation_maps import GRID, PROMPT_CHANNELS
from fewclicks.methods.regions.inference.metadata import Metadata, open_with_metadata
from fewclicks.methods.regions.training.eight_bits import copy_encoder
from fewclicks.methods.regions.training.recipe import RegionsTask, Settings
from fewclicks.methods.regions.training.settings import TrainSettings
from fewclicks.methods.shared.training.encode_once_export import export_encode_once
from fewclicks.methods.shared.training.trained import is_trained
from fewclicks.methods.shared.training.trained_card import training_files, write_trained_card
from fewclicks.simulation.partition.images import SMALLEST_AREA
from fewclicks.simulation.spec import Watch
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import RATE, Budget, device, run, tune_process
from fewclicks.training.loop import Watch as StepWatch
from fewclicks.training.progress import in_percent
from fewclicks.training.quantize import examples, quantize

EXAMPLES = 24  # photos whose head inputs set the ranges of the 8-bit copy
SENSITIVE = ("network.pixels.", "network.adapt.", "network.head.prompts.")  # layers that read pixels and prompts
SUMMARY = "Full partition of an image from extreme points and scribbles on all regions, class-agnostic."


def train(settings: TrainSettings, watch: Watch) -> Path:
    """Train a model, or resume the run in `settings.out`; return its main file NAME.onnx.

    Also writes NAME.encoder.onnx, 8-bit copies of both and the card NAME.json. Raises InputError for data that cannot
    be read and unless either minutes or steps are given.
    """
    settings.check_length()
    sources = [read_source(spec, SMALLEST_AREA) for spec in settings.data]
    recipe = Settings(settings.loss, settings.shared_points, settings.scribbles, settings.batch, settings.seed)
    budget = Budget(settings.steps, settings.minutes)
    path = train_regions(recipe, sources, settings.backbone, settings.out, budget, settings.name, in_percent(watch))
    write_trained_card(path, "regions", SUMMARY, sources, training_files(sources, settings.data), asdict(recipe))
    return path


def train_regions(
    settings: Settings,
    sources: list[Source],
    start: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: StepWatch | None = None,
) -> Path:
    """Train in `folder`, where an interrupted run resumes, and write NAME.onnx, NAME.encoder.onnx and 8-bit copies.

    `start`: a backbone (safetensors), or a trained model (the ONNX file of its head), which is trained at a third of
    the learning rate. Raises InputError for a trained model with other settings.
    """
    tune_process()
    metadata = Metadata("", settings.loss, settings.shared)
    trained = is_trained(start)
    if trained and replace(open_with_metadata(start, threads=1)[1], weights="") != metadata:
        raise InputError("trained with other options; use the same ones", start)
    task = RegionsTask(settings, sources, start, device())
    run(task, folder, budget, RATE / 3 if trained else RATE, watch)
    path = folder / f"{name}.onnx"
    prompts = torch.rand(3, PROMPT_CHANNELS, GRID, GRID, generator=torch.Generator().manual_seed(0))
    export_encode_once(task.network, path, replace(metadata, weights=f"{name}-{fingerprint(task.network)}"), prompts)
    if quantize(path, examples(task, EXAMPLES), SENSITIVE):
        copy_encoder(path, sources)
    return path
