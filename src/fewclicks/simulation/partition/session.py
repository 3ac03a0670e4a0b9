"""One image, partitioned by a simulated annotator with a model."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from fewclicks.answers import PartitionAnswer
from fewclicks.datasets.masked_images import MaskedImage
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import FREE, merge
from fewclicks.model import Encoding, Model, Response
from fewclicks.prompts import BoxPrompt, ExtremePoints, Prompt, Prompts, Scribble
from fewclicks.simulation.partition.annotator import correct, extreme_points
from fewclicks.simulation.partition.measure import region_ious
from fewclicks.simulation.partition.settings import Allocation
from fewclicks.simulation.spec import Subject

PartitionModel = Model[object, PartitionAnswer, object]
PartitionResponse = Response[PartitionAnswer, object]
First = Callable[[Mask, str, np.random.Generator], Prompt]


@dataclass(frozen=True, eq=False)
class ImageResult:
    """What an annotator got for one image.

    ious: the IoU of each of N regions after each round; row 0 is the answer to the first prompts alone. predicted_ious:
    what the model predicts of them; NaN where it predicts none. spent: number of scribbles up to each round.
    scribble_ms: milliseconds of the answers to one scribble. things: which regions are things, None where that is not
    known.
    """

    photo: Path
    ious: Float[np.ndarray, "R N"]
    predicted_ious: Float[np.ndarray, "R N"]
    spent: list[int]
    scribble_ms: list[float]
    encode_ms: float
    things: tuple[bool, ...] | None


def first_prompt(takes: Collection[type[Prompt]]) -> First:
    """Return how a region is begun: extreme points, or a box where the model takes no extreme points.

    Raises InputError for a model that takes neither.
    """
    if ExtremePoints in takes:
        return extreme_points
    if BoxPrompt in takes:
        return _tight_box
    kinds = ", ".join(sorted(kind.kind.replace("_", " ") for kind in takes)) or "no prompts"
    raise InputError(f"expected a model that accepts extreme points or boxes, got one that accepts {kinds}")


def partition_image(
    subject: Subject[PartitionAnswer],
    image: MaskedImage,
    allocation: Allocation,
    rounds: int,
    rng: np.random.Generator,
) -> ImageResult:
    """Prompt every region, then scribble for `rounds` rounds; no rounds with a model that takes no scribbles."""
    model, first = subject.model, first_prompt(subject.takes)
    pixels = image.pixels()
    begin = time.perf_counter()
    encoding = model.encode(pixels)
    encode_ms = (time.perf_counter() - begin) * 1e3
    truth = merge(image.masks, encoding.size_hw) - FREE
    targets = [str(number) for number in range(1, len(image.masks) + 1)]
    prompts = Prompts.of(*(first(mask, target, rng) for mask, target in zip(image.masks, targets, strict=True)))
    answered = model.respond(encoding, prompts)
    scribbles: list[Scribble] = []
    ious, spent, milliseconds = [region_ious(_labels(answered, targets), truth)], [0], []
    predicted = [_predicted_ious(answered, targets)]
    for _ in range(rounds if Scribble in subject.takes else 0):
        new = correct(_labels(answered, targets), truth, targets, scribbles, allocation, rng)
        if new:
            milliseconds.append(_milliseconds(model, encoding, prompts.then(new[0]), answered))
            scribbles += new
            prompts = prompts.then(*new)
            answered = model.respond(encoding, prompts, answered)
        ious.append(region_ious(_labels(answered, targets), truth))
        predicted.append(_predicted_ious(answered, targets))
        spent.append(len(scribbles))
    return ImageResult(image.path, np.array(ious), np.array(predicted), spent, milliseconds, encode_ms, image.things)


def _tight_box(mask: Mask, target: str, rng: np.random.Generator) -> BoxPrompt:
    return BoxPrompt(*mask.tight().xyxy, target)


def _labels(answered: PartitionResponse, targets: list[str]) -> Int[np.ndarray, "H W"]:
    return answered.answer.renumbered(targets).astype(np.int32)


def _predicted_ious(answered: PartitionResponse, targets: list[str]) -> list[float]:
    return [answered.answer.predicted_ious.get(target, np.nan) for target in targets]


def _milliseconds(
    model: PartitionModel, encoding: Encoding[object], prompts: Prompts, previous: PartitionResponse
) -> float:
    """Measure the answer to one more scribble, which an annotator waits for."""
    begin = time.perf_counter()
    model.respond(encoding, prompts, previous)
    return (time.perf_counter() - begin) * 1e3
