"""`fewclicks simulate segment`: quality against effort over a whole data set."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8

from fewclicks.datasets.masked_images import MaskedImage, read_source
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.baselines.grabcut import GrabCut
from fewclicks.methods.protocol import Assist, Encoding
from fewclicks.methods.segment.inference.prompts import Prompts
from fewclicks.simulation.mask.measure import boundary_f
from fewclicks.simulation.mask.sessions import Habits, Trace, run_noc, run_rounds
from fewclicks.simulation.time_model import BOX_SECONDS, round_seconds

TARGETS = (0.85, 0.9)


@dataclass
class ObjectResult:
    """One object: IoU and boundary F after each round (the last ones repeated once the person is content), clicks of
    each round (None: no round any more), NoC, predicted qualities, and the IoU of the box that was given.
    """

    iou: list[float]
    boundary_f: list[float]
    clicks: list[int | None]
    noc: dict[float, int]
    quality: list[float | None]
    box_iou: float | None


@dataclass(frozen=True, kw_only=True)
class EnlargedImage(MaskedImage):
    """An image `times` as large as its file, as if it came from a larger camera; its masks are that large already."""

    original: MaskedImage
    times: int

    @classmethod
    def of(cls, original: MaskedImage, times: int) -> "EnlargedImage":
        masks = tuple(
            Mask.from_full(_enlarged(mask.full().astype(np.float32), times, cv2.INTER_LINEAR) > 0.5)
            for mask in original.masks
        )
        return cls(path=original.path, masks=masks, original=original, times=times)

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        return _enlarged(self.original.pixels(), self.times, cv2.INTER_CUBIC)


def _enlarged(array: np.ndarray, times: int, how: int) -> np.ndarray:
    return cv2.resize(array, None, fx=times, fy=times, interpolation=how)


def read_objects(data: Path, limit: int | None = None, enlarge: int = 1) -> list[tuple[MaskedImage, tuple[Mask, ...]]]:
    """Images, `enlarge` times as large as their files, with the masks to be labelled, at most `limit` masks in all."""
    chosen, left = [], limit if limit is not None else 10**9
    for image in read_source(str(data), smallest_area=1).images:
        if left <= 0:
            break
        shown = EnlargedImage.of(image, enlarge) if enlarge > 1 else image
        chosen.append((shown, shown.masks[:left]))
        left -= len(image.masks)
    if not chosen:
        raise InputError("no masks to simulate on", data)
    return chosen


def simulate(
    assist: Assist,
    objects: list[tuple[MaskedImage, tuple[Mask, ...]]],
    habits: Habits,
    noc: bool = True,
    seed: int = 0,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Run every object through rounds of corrections and, with `noc`, through the NoC protocol. Rates are 0..1."""
    results: list[ObjectResult] = []
    encode_ms: list[float] = []
    click_ms: list[float] = []
    for encoding, truth, number, milliseconds in _encoded(assist, objects):
        encode_ms += milliseconds
        result, traces = _one(assist, encoding, truth, habits, noc, np.random.default_rng([seed, number]))
        click_ms += [ms for trace in traces for ms in trace.milliseconds]
        results.append(result)
        advance()
    return _report(assist, habits, results, encode_ms, click_ms) | {"seed": seed}


def _encoded(
    assist: Assist, objects: list[tuple[MaskedImage, tuple[Mask, ...]]]
) -> Iterator[tuple[Encoding, Mask, int, list[float]]]:
    number = 0
    for image, masks in objects:
        pixels = image.pixels()
        begin = time.perf_counter()
        encoding = assist.encode(pixels)
        milliseconds = [(time.perf_counter() - begin) * 1e3]
        for mask in masks:
            yield encoding, mask, number, milliseconds
            number, milliseconds = number + 1, []


def _one(
    assist: Assist, encoding: Encoding, truth: Mask, habits: Habits, noc: bool, rng: np.random.Generator
) -> tuple[ObjectResult, list[Trace]]:
    trace = run_rounds(assist, encoding, truth, habits, rng)
    answers = trace.answers + [trace.answers[-1]] * (habits.rounds + 1 - len(trace.answers))
    masks = [answer.mask if answer else Mask.empty(truth.size_hw) for answer in answers]
    needed: dict[float, int] = {}
    noc_trace = Trace()
    if noc:
        needed, noc_trace = run_noc(assist, encoding, truth, habits, TARGETS, rng)
    counts: list[int | None] = [len(clicks) for clicks in trace.clicks]
    if len(counts) < habits.rounds:
        counts += [0] + [None] * (habits.rounds - len(counts) - 1)  # one more look, and the person is content
    result = ObjectResult(
        iou=[mask.iou(truth) for mask in masks],
        boundary_f=[boundary_f(mask, truth) for mask in masks],
        clicks=counts,
        noc=needed,
        quality=[answer.quality if answer else None for answer in answers],
        box_iou=Prompts.of(trace.first, truth.size_hw).first_mask(truth.size_hw).iou(truth) if trace.first else None,
    )
    return result, [trace, noc_trace]


def _report(
    assist: Assist, habits: Habits, results: list[ObjectResult], encode_ms: list[float], click_ms: list[float]
) -> dict[str, Any]:
    clicks, seconds = [0.0], [BOX_SECONDS[habits.start]]
    for number in range(habits.rounds):
        counts = [result.clicks[number] for result in results]
        clicks.append(clicks[-1] + float(np.mean([count or 0 for count in counts])))
        spent = [0.0 if count is None else round_seconds(count) for count in counts]
        seconds.append(seconds[-1] + float(np.mean(spent)))
    boxes = [result.box_iou for result in results if result.box_iou is not None]
    return {
        "method": assist.name,
        "weights": assist.weights,
        "objects": len(results),
        "habits": asdict(habits),
        "miou_by_round": np.mean([result.iou for result in results], 0).tolist(),
        "boundary_f_by_round": np.mean([result.boundary_f for result in results], 0).tolist(),
        "clicks_by_round": clicks,
        "seconds_by_round": seconds,
        "noc85": _mean_noc(results, 0.85),
        "noc90": _mean_noc(results, 0.9),
        "encode_ms": _spread(encode_ms),
        "click_ms": _spread(click_ms),
        "box_miou": float(np.mean(boxes)) if boxes else None,
        **_ranked(results),
    }


def _ranked(results: list[ObjectResult]) -> dict[str, float]:
    """mIoU of the masks that the ranker puts in the top 70% and in the bottom 30% (Sec. 5.4)."""
    scored = [(result.quality[-1], result.iou[-1]) for result in results if result.quality[-1] is not None]
    if len(scored) < 10:
        return {}
    ious = np.array([iou for _, iou in sorted(scored, key=lambda pair: -float(pair[0] or 0))])
    cut = round(0.7 * len(ious))
    return {"ranker_top70_miou": float(ious[:cut].mean()), "ranker_bottom30_miou": float(ious[cut:].mean())}


def _mean_noc(results: list[ObjectResult], target: float) -> float | None:
    counts = [result.noc[target] for result in results if target in result.noc]
    return float(np.mean(counts)) if counts else None


def _spread(milliseconds: list[float]) -> dict[str, float] | None:
    if not milliseconds:
        return None
    return {"median": float(np.median(milliseconds)), "p95": float(np.percentile(milliseconds, 95))}


def baseline(name: str) -> Assist:
    """A method without learning, by name. Raises InputError for an unknown one."""
    if name != "grabcut":
        raise InputError(f"expected the baseline grabcut, got {name}")
    return GrabCut()
