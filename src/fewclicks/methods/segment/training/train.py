"""Training of `segment`: the recipe, the loop, the ranker, and the files of the trained model."""

import math
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import torch

from fewclicks.datasets.masked_images import Source, read_source
from fewclicks.errors import InputError
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.runtime import NetworkInfo, open_session
from fewclicks.methods.segment.training import judging
from fewclicks.methods.segment.training.export import export_segment
from fewclicks.methods.segment.training.recipe import SegmentTask
from fewclicks.methods.segment.training.sessions import Settings
from fewclicks.methods.segment.training.settings import TrainSettings
from fewclicks.methods.shared.training.trained import is_trained
from fewclicks.methods.shared.training.trained_card import training_files, write_trained_card
from fewclicks.simulation.spec import Watch
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import RATE, Budget, device, run, tune_process
from fewclicks.training.loop import Watch as StepWatch
from fewclicks.training.progress import in_percent
from fewclicks.training.quantize import examples, quantize
from fewclicks.training.workers import default_workers

EXAMPLES = 192  # windows that set the ranges of the eight-bit copy
SENSITIVE = ("network.head.prompts.",)  # layers that read the prompts, at their full size
PRECISE = ("quality",)  # outputs that eight bits would spoil
USUAL_BATCH = 16  # that RATE is for
SUMMARY = "Interactive segmentation from a box, four extreme points or clicks, class-agnostic."


def train(settings: TrainSettings, watch: Watch) -> Path:
    """Train a model and its ranker, or resume the run in `settings.out`; return the main file NAME.onnx.

    Also writes NAME.encoder.onnx, NAME.int8.onnx, NAME_ranker.onnx and the card NAME.json. Raises InputError for data
    that cannot be read and unless either minutes or steps are given.
    """
    settings.check_length()
    sources, held_out = split([read_source(spec) for spec in settings.data])
    recipe, budget = recipe_of(settings), Budget(settings.steps, settings.minutes)
    path = train_segment(
        recipe, sources, settings.backbone, settings.out, budget, settings.name, in_percent(watch),
        settings.workers or default_workers(),
    )  # fmt: skip
    figures: dict[str, object] = {}
    if settings.ranker:
        watch.start("sessions for the ranker", judging.sessions())
        figures["ranker feature importances"] = judging.judge(path, held_out, watch.advance, settings.seed)
    files = training_files([*sources, *held_out], settings.data)
    write_trained_card(path, ROLE.name, SUMMARY, sources, files, asdict(recipe), figures)
    return path


def split(sources: list[Source]) -> tuple[list[Source], list[Source]]:
    """Return the photos to train on, and those that judge its answers: held-out ones, unless the sets are too small."""
    pairs = [source.held_out() for source in sources]
    return [rest for rest, _ in pairs], [held for _, held in pairs if held.images] or sources


def recipe_of(settings: TrainSettings) -> Settings:
    """The part of `settings` that a checkpoint belongs to."""
    return Settings(
        settings.design,
        settings.clicks,
        settings.encoding,
        settings.previous_mask,
        settings.iterative,
        settings.loss,
        settings.colour_model,
        settings.batch,
        settings.seed,
    )


def train_segment(
    settings: Settings,
    sources: list[Source],
    start: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: StepWatch | None = None,
    workers: int = 1,
) -> Path:
    """Train in `folder`, where an interrupted run resumes, and write NAME.onnx, NAME.encoder.onnx and NAME.int8.onnx.

    Returns the first. `start`: a backbone (safetensors), or a trained model (ONNX), which is trained at a third of the
    learning rate. workers: processes that simulate the people. Raises InputError for a trained model with other
    settings.
    """
    tune_process()
    torch.backends.cudnn.benchmark = True  # all batches have the same shapes
    network = NetworkInfo(
        "", settings.design, settings.clicks, settings.encoding, settings.previous_mask, settings.colour_model
    )
    trained = is_trained(start)
    earlier = open_session(start, threads=1)[1].uncalibrated() if trained else network
    if replace(earlier, weights="") != network:
        raise InputError("trained with other options; use the same ones", start)
    path = folder / f"{name}.onnx"
    with closing(SegmentTask(settings, sources, start, device(), workers)) as task:
        run(task, folder, budget, rate_of(settings.batch) / (3 if trained else 1), watch)
        export_segment(task.network, path, replace(network, weights=f"{name}-{fingerprint(task.network)}"))
        if settings.design == "crop":
            quantize(path, examples(task, EXAMPLES), SENSITIVE, PRECISE)
    return path


def rate_of(batch: int) -> float:
    """The peak learning rate for a batch of this size: it grows with the root of the size."""
    return RATE * math.sqrt(batch / USUAL_BATCH)
