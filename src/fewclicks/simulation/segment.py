"""`fewclicks simulate segment`: quality against effort over a whole data set."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fewclicks.errors import InputError
from fewclicks.formats.masked_images import MaskedImage, read_source
from fewclicks.geometry.masks import Mask
from fewclicks.methods.protocol import Assist, Encoding
from fewclicks.methods.segment.annotator import Annotator, ClickKind
from fewclicks.methods.segment.assist import box_mask
from fewclicks.methods.segment.measure import boundary_f
from fewclicks.simulation.grabcut import GrabCut
from fewclicks.simulation.sessions import Start, Trace, run_noc, run_rounds
from fewclicks.simulation.time_model import BOX_SECONDS, round_seconds

TARGETS = (0.85, 0.9)


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the simulated person works; `clicks` as in Sec. 3.2.2, pixels are image pixels."""

    start: Start = "box"
    clicks: ClickKind = "region"
    rounds: int = 3
    per_round: int = 3
    noise: float = 0.0
    min_region: float = 0.0
    noc: bool = True
    seed: int = 0

    @property
    def annotator(self) -> Annotator:
        return Annotator(self.clicks, self.noise, self.min_region)


@dataclass
class ObjectResult:
    """One object: IoU and boundary F after each round, clicks of each round, NoC, predicted qualities."""

    iou: list[float]
    boundary_f: list[float]
    clicks: list[int]
    noc: dict[float, int]
    quality: list[float | None]
    box_iou: float


def read_objects(data: Path, limit: int | None = None) -> list[tuple[MaskedImage, tuple[Mask, ...]]]:
    """Images with the masks to be labelled in each, at most `limit` masks in all."""
    chosen, left = [], limit if limit is not None else 10**9
    for image in read_source(str(data), smallest_area=1).images:
        if left <= 0:
            break
        chosen.append((image, image.masks[:left]))
        left -= len(image.masks)
    if not chosen:
        raise InputError("no masks to simulate on", data)
    return chosen


def simulate(
    assist: Assist,
    objects: list[tuple[MaskedImage, tuple[Mask, ...]]],
    protocol: Protocol,
    advance: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Any], list[ObjectResult]]:
    """Run every object through the protocol; a report and the results it sums up. Rates are 0..1."""
    results, encode_ms, click_ms = [], [], []
    for encoding, truth, number, milliseconds in _encoded(assist, objects):
        encode_ms += milliseconds
        result, traces = _one(assist, encoding, truth, protocol, number)
        click_ms += [ms for trace in traces for ms in trace.milliseconds]
        results.append(result)
        advance()
    return _report(assist, protocol, results, encode_ms, click_ms), results


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
    assist: Assist, encoding: Encoding, truth: Mask, protocol: Protocol, number: int
) -> tuple[ObjectResult, list[Trace]]:
    rng = np.random.default_rng([protocol.seed, number])
    trace = run_rounds(
        assist, encoding, truth, protocol.annotator, protocol.rounds, protocol.per_round, protocol.start, rng
    )
    masks = [answer.mask if answer else Mask.empty(truth.size_hw) for answer in trace.answers]
    needed: dict[float, int] = {}
    noc_trace = Trace()
    if protocol.noc:
        needed, noc_trace = run_noc(assist, encoding, truth, protocol.start, TARGETS, rng, protocol.noise)
    result = ObjectResult(
        iou=[mask.iou(truth) for mask in masks],
        boundary_f=[boundary_f(mask, truth) for mask in masks],
        clicks=[len(clicks) for clicks in trace.clicks],
        noc=needed,
        quality=[answer.quality if answer else None for answer in trace.answers],
        box_iou=box_mask(truth.tight().xyxy, truth.size_hw).iou(truth),
    )
    return result, [trace, noc_trace]


def _report(
    assist: Assist, protocol: Protocol, results: list[ObjectResult], encode_ms: list[float], click_ms: list[float]
) -> dict[str, Any]:
    clicks = np.mean([result.clicks for result in results], 0) if protocol.rounds else []
    seconds = BOX_SECONDS[protocol.start]
    by_round = [seconds]
    for number in range(protocol.rounds):
        by_round.append(by_round[-1] + float(np.mean([round_seconds(result.clicks[number]) for result in results])))
    return {
        "method": assist.name,
        "weights": assist.weights,
        "objects": len(results),
        "protocol": asdict(protocol),
        "miou_by_round": np.mean([result.iou for result in results], 0).tolist(),
        "boundary_f_by_round": np.mean([result.boundary_f for result in results], 0).tolist(),
        "clicks_by_round": [0.0, *np.cumsum(clicks).tolist()],
        "seconds_by_round": by_round,
        "noc85": _mean_noc(results, 0.85),
        "noc90": _mean_noc(results, 0.9),
        "encode_ms": _spread(encode_ms),
        "click_ms": _spread(click_ms),
        "box_miou": float(np.mean([result.box_iou for result in results])),
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
