"""A simulated person at work with an assist on one object: rounds of corrections, and the NoC protocol."""

import time
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fewclicks.geometry.masks import Mask
from fewclicks.interactions import BoxPrompt, Click, ExtremePoints, History
from fewclicks.methods.protocol import Assist, Encoding, Prediction
from fewclicks.methods.segment.annotator import Annotator, benchmark_click, perturbed_box

Start = Literal["box", "loose", "extreme", "nothing"]
CLICK_CAP = 20


@dataclass
class Trace:
    """What happened to one object: the answer after each round (first: before any click), clicks, times."""

    answers: list[Prediction | None] = field(default_factory=list)
    clicks: list[tuple[Click, ...]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def first_prompts(truth: Mask, start: Start, rng: np.random.Generator) -> History:
    """The object's tight box, a loose one (Sec. 3.1), its extreme points, or nothing."""
    x0, y0, x1, y1 = truth.tight().xyxy
    if start == "box":
        return (BoxPrompt(x0, y0, x1, y1),)
    if start == "loose":
        return (BoxPrompt(*perturbed_box((x0, y0, x1, y1), rng)),)
    if start == "extreme":
        return (ExtremePoints(_extremes(truth)),)
    return ()


def _extremes(truth: Mask) -> tuple[tuple[float, float], ...]:
    crop, (ox, oy) = truth.tight().crop, truth.tight().offset_xy
    h, w = crop.shape
    top, bottom = np.flatnonzero(crop[0]), np.flatnonzero(crop[-1])
    left, right = np.flatnonzero(crop[:, 0]), np.flatnonzero(crop[:, -1])

    def middle(cells: np.ndarray) -> float:
        return float(cells[len(cells) // 2]) + 0.5

    return (
        (ox + middle(top), float(oy)), (float(ox), oy + middle(left)),
        (ox + middle(bottom), float(oy + h)), (float(ox + w), oy + middle(right)),
    )  # fmt: skip


def run_rounds(
    assist: Assist,
    encoding: Encoding,
    truth: Mask,
    annotator: Annotator,
    rounds: int,
    per_round: int,
    start: Start,
    rng: np.random.Generator,
) -> Trace:
    """Rounds of up to `per_round` clicks on what is wrong; a person who finds nothing wrong stops.

    An answer that needed no more clicks counts for the rounds that follow.
    """
    history, full = first_prompts(truth, start, rng), truth.full()
    trace = Trace()
    answer = _timed(assist, encoding, history, None, trace) if history else None
    trace.answers.append(answer)
    for number in range(1, rounds + 1):
        mask = answer.mask.full() if answer else np.zeros_like(full)
        clicks = annotator.clicks(mask, full, per_round, rng, number)
        if not answer and not any(click.adds for click in clicks):
            clicks = ()
        if clicks:
            history += clicks
            answer = _timed(assist, encoding, history, answer, trace)
        trace.answers.append(answer)
        trace.clicks.append(clicks)
    return trace


def run_noc(
    assist: Assist,
    encoding: Encoding,
    truth: Mask,
    start: Start,
    targets: tuple[float, ...],
    rng: np.random.Generator,
    jitter_px: float = 0.0,
) -> tuple[dict[float, int], Trace]:
    """Number of clicks until the IoU reaches each target, at most 20 (RITM's protocol, one click an answer)."""
    history, full = first_prompts(truth, start, rng), truth.full()
    trace, needed = Trace(), dict.fromkeys(targets, CLICK_CAP)
    clicked = np.zeros_like(full)
    answer = _timed(assist, encoding, history, None, trace) if history else None
    for number in range(CLICK_CAP + 1):
        iou = answer.mask.iou(truth) if answer else 0.0
        for target in targets:
            if iou >= target:
                needed[target] = min(needed[target], number)
        if number == CLICK_CAP or iou >= max(targets):
            break
        mask = answer.mask.full() if answer else np.zeros_like(full)
        click = benchmark_click(mask, full, clicked, number + 1)
        if click is None:
            break
        clicked[int(click.y), int(click.x)] = True
        if jitter_px:
            click = _moved(click, jitter_px, full.shape, rng)
        history += (click,)
        answer = _timed(assist, encoding, history, answer, trace)
    return needed, trace


def _moved(click: Click, sigma: float, size_hw: tuple[int, ...], rng: np.random.Generator) -> Click:
    x, y = rng.normal((click.x, click.y), sigma)
    return Click(float(np.clip(x, 0, size_hw[1])), float(np.clip(y, 0, size_hw[0])), click.adds, click.round)


def _timed(
    assist: Assist, encoding: Encoding, history: History, previous: Prediction | None, trace: Trace
) -> Prediction:
    begin = time.perf_counter()
    answer = assist.respond(encoding, history, previous)
    trace.milliseconds.append((time.perf_counter() - begin) * 1e3)
    return answer
