"""`fewclicks train segment`: the recipe, the loop, the ranker, and the files that come of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fewclicks.datasets.masked_images import MaskedImage, Source
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.segment.inference.assist import SegmentAssist
from fewclicks.methods.segment.inference.runtime import Traits, open_session
from fewclicks.methods.segment.training.export import export_segment
from fewclicks.methods.segment.training.ranker import collect, train_ranker
from fewclicks.methods.segment.training.recipe import SegmentTask, Settings
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import RATE, Budget, run, tune_process
from fewclicks.training.quantize import examples, quantize

RANKER_OBJECTS = 600
EXAMPLES = 192  # windows for the ranges of an eight-bit copy
SENSITIVE = ("network.head.prompts.",)  # what reads the prompts, at their full size


def train_segment(
    settings: Settings, sources: list[Source], start: Path, folder: Path, budget: Budget, name: str
) -> Path:
    """Train into `folder` (going on where it was left) and write NAME.onnx, NAME.encoder.onnx and NAME.int8.onnx
    there. Returns the first.

    `start`: a backbone (safetensors), or a trained model (ONNX), which learns at a third of the rate.
    """
    tune_process()
    traits = Traits(
        "", settings.design, settings.clicks, settings.encoding, settings.previous_mask, settings.colour_model
    )
    trained = start.suffix == ".onnx"
    if trained and replace(open_session(start, threads=1)[1], weights="") != traits:
        raise InputError("a model with other switches than those to train", start)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    task = SegmentTask(settings, sources, start, device)
    run(task, folder, budget, RATE / 3 if trained else RATE)
    path = folder / f"{name}.onnx"
    export_segment(task.network, path, replace(traits, weights=f"{name}-{fingerprint(task.network)}"))
    if settings.design == "crop":
        quantize(path, examples(task, EXAMPLES), SENSITIVE)
    return path


def train_segment_ranker(
    weights: Path, sources: list[Source], advance: Callable[[], None], seed: int = 0
) -> tuple[Path, dict[str, Any]]:
    """Train M_r for `weights` on a sample of the sources; returns its path and its feature importances."""
    assist = SegmentAssist(weights)
    data = collect(assist, ranker_sample(sources, seed), seed, advance)
    path = weights.with_name(f"{weights.stem}_ranker.onnx")
    return path, train_ranker(data, path, seed)


def ranker_sample(sources: list[Source], seed: int) -> list[tuple[MaskedImage, tuple[Mask, ...]]]:
    """Objects for the ranker, drawn as the recipe draws them: by source weight, then image, then mask."""
    rng = np.random.default_rng(seed)
    weights = np.array([source.weight for source in sources])
    chosen: list[tuple[MaskedImage, tuple[Mask, ...]]] = []
    for index in rng.choice(len(sources), RANKER_OBJECTS, p=weights / weights.sum()):
        images = sources[index].images
        image = images[rng.integers(len(images))]
        chosen.append((image, (image.masks[rng.integers(len(image.masks))],)))
    return chosen
