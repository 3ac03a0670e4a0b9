"""`fewclicks simulate regions`: quality of a full partition against scribbles, over a whole data set."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from fewclicks.datasets.masked_images import MaskedImage, read_source
from fewclicks.errors import InputError
from fewclicks.geometry.partitions import FREE, merge
from fewclicks.methods.protocol import Encoding
from fewclicks.methods.regions.inference.assist import RegionsAssist
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.prompts import History, Scribble
from fewclicks.simulation.partition.annotator import Allocation, correct, extreme_points
from fewclicks.simulation.partition.measure import region_ious
from fewclicks.simulation.time_model import REGION_SECONDS, round_seconds

SMALLEST_AREA = 16  # pixels; smaller regions are void


@dataclass
class ImageResult:
    """One image as one person partitioned it: IoU of each region after each round (row 0: extreme points alone),
    scribbles spent up to it, the milliseconds of answers to one scribble, and which regions are things (None: not
    known).
    """

    photo: Path
    ious: Float[np.ndarray, "R N"]
    spent: list[int]
    scribble_ms: list[float]
    encode_ms: float
    things: tuple[bool, ...] | None


def read_partitions(data: Path, limit: int | None = None) -> tuple[MaskedImage, ...]:
    """Images with the regions to be labelled in each: COCO panoptic, or a folder of label images."""
    return read_source(str(data), SMALLEST_AREA).images[:limit]


def simulate(
    assist: RegionsAssist,
    images: Sequence[MaskedImage],
    allocation: Allocation,
    rounds: int,
    seed: int = 0,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Extreme points on every region, then rounds of scribbles, one a region on average. Rates are 0..1."""
    results = []
    for number, image in enumerate(images):
        results.append(_one(assist, image, allocation, rounds, np.random.default_rng([seed, number])))
        advance()
    return {
        "method": assist.name,
        "weights": assist.weights,
        "allocation": allocation,
        "seed": seed,
        **_report(results),
    }


def _one(
    assist: RegionsAssist, image: MaskedImage, allocation: Allocation, rounds: int, rng: np.random.Generator
) -> ImageResult:
    pixels = image.pixels()
    begin = time.perf_counter()
    encoding = assist.encode(pixels)
    encode_ms = (time.perf_counter() - begin) * 1e3
    truth = merge(image.masks, encoding.size_hw) - FREE
    names = [str(number) for number in range(1, len(image.masks) + 1)]
    history: History = tuple(extreme_points(mask, name, rng) for mask, name in zip(image.masks, names, strict=True))
    partition = assist.respond(encoding, history)
    scribbles: list[Scribble] = []
    ious, spent, milliseconds = [region_ious(_labels(partition), truth)], [0], []
    for _ in range(rounds):
        new = correct(_labels(partition), truth, names, scribbles, allocation, rng)
        if new:
            milliseconds.append(_milliseconds(assist, encoding, (*history, *scribbles, new[0]), partition))
            scribbles += new
            partition = assist.respond(encoding, (*history, *scribbles), partition)
        ious.append(region_ious(_labels(partition), truth))
        spent.append(len(scribbles))
    return ImageResult(image.path, np.array(ious), spent, milliseconds, encode_ms, image.things)


def _labels(partition: Partition) -> Int[np.ndarray, "H W"]:
    return partition.labels.astype(np.int32)


def _milliseconds(assist: RegionsAssist, encoding: Encoding, history: History, previous: Partition) -> float:
    """How long the answer to one more scribble takes, as a person would wait for it."""
    begin = time.perf_counter()
    assist.respond(encoding, history, previous)
    return (time.perf_counter() - begin) * 1e3


def _report(results: Sequence[ImageResult]) -> dict[str, Any]:
    """Means over all regions. Standard errors are over photos, however many people have partitioned each."""
    ious = np.concatenate([result.ious for result in results], axis=1)
    regions = [result.ious.shape[1] for result in results]
    spent = np.array([result.spent for result in results])
    rounds = len(ious)
    # A scribble counts as a corrective click of the time model; a round is one look at the whole image.
    by_round = np.diff(spent, axis=1).T.tolist()
    seconds = np.cumsum([0.0, *(np.mean([round_seconds(count) for count in counts]) for counts in by_round)])
    milliseconds = [ms for result in results for ms in result.scribble_ms]
    means = _by_photo(results)
    values = np.array(list(means.values()))
    errors = values.std(0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros(rounds)
    return {
        "images": len(means),
        "partitions": len(results),
        "regions": int(sum(regions)),
        "miou_by_scribbles": np.nanmean(ious, axis=1).tolist(),
        "stderr_by_scribbles": errors.tolist(),
        "spend_by_scribbles": (spent.sum(0) / sum(regions)).tolist(),
        "seconds_by_scribbles": (seconds + REGION_SECONDS * np.mean(regions)).tolist(),
        "scribble_ms": _spread(milliseconds),
        "encode_ms": _spread([result.encode_ms for result in results]),
        **_by_kind(results, ious),
        "by_image": [{"name": photo.name, "miou": mean.tolist()} for photo, mean in means.items()],
    }


def _by_photo(results: Sequence[ImageResult]) -> dict[Path, Float[np.ndarray, "R"]]:
    """The mean IoU of each photo after each round, that of several people's partitions of it averaged."""
    found: dict[Path, list[np.ndarray]] = {}
    for result in results:
        found.setdefault(result.photo, []).append(np.nanmean(result.ious, axis=1))
    return {photo: np.mean(means, axis=0) for photo, means in found.items()}


def _by_kind(results: Sequence[ImageResult], ious: Float[np.ndarray, "R N"]) -> dict[str, list[float] | None]:
    kinds = [result.things for result in results]
    if any(kind is None for kind in kinds):
        return {"things": None, "stuff": None}
    things = np.array([thing for kind in kinds for thing in kind or ()])
    return {
        name: np.nanmean(ious[:, chosen], axis=1).tolist() if chosen.any() else None
        for name, chosen in (("things", things), ("stuff", ~things))
    }


def _spread(milliseconds: Sequence[float]) -> dict[str, float] | None:
    if not milliseconds:
        return None
    return {"median": float(np.median(milliseconds)), "p95": float(np.percentile(milliseconds, 95))}


def check_kind(assist: RegionsAssist, single: bool, weights: Path | None) -> None:
    """Raises InputError unless the weights are those of a single-region (or a full-image) model, as expected.

    A single-region model was trained mask by mask and saw nothing of the other regions.
    """
    alone = assist.traits.loss == "mask" and not assist.traits.shared
    if single and not alone:
        got = f"--loss {assist.traits.loss} " + ("--shared-points" if assist.traits.shared else "--no-shared-points")
        wanted = "weights of a single-region model, made by `fewclicks train regions --loss mask --no-shared-points`"
        raise InputError(f"expected {wanted}, got those of {got}", weights)
    if alone and not single:
        raise InputError("expected weights of a full-image model, got those of a single-region model", weights)
