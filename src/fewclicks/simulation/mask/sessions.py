"""A simulated person at work with an assist on one object: rounds of corrections, and the NoC protocol."""

import time
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fewclicks.geometry.masks import Mask
from fewclicks.methods.protocol import Assist, Encoding, Prediction
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, History
from fewclicks.simulation.mask.annotator import Annotator, ClickKind, benchmark_click, perturbed_box

Start = Literal["box", "loose", "extreme", "nothing"]
CLICK_CAP = 20


@dataclass(frozen=True, slots=True)
class Habits:
    """How the simulated person works (corrective-clicks, Sec. 3.1-3.2): what comes first, rounds of corrections,
    where and how precisely the clicks go. Pixels are image pixels.
    """

    start: Start = "box"
    clicks: ClickKind = "region"
    rounds: int = 3
    per_round: int = 3
    noise: float = 0.0
    min_region: float = 0.0

    @property
    def annotator(self) -> Annotator:
        return Annotator(self.clicks, self.noise, self.min_region)


@dataclass
class Trace:
    """What happened to one object: the first prompts, the answer after each round (first: before any click), the
    clicks of each round that was made, and the milliseconds of each answer.
    """

    first: History = ()
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
        return (ExtremePoints(truth.extreme_points()),)
    return ()


def run_rounds(assist: Assist, encoding: Encoding, truth: Mask, habits: Habits, rng: np.random.Generator) -> Trace:
    """Rounds of corrections until they are over or the person finds nothing wrong."""
    full = truth.full()
    trace = Trace(first_prompts(truth, habits.start, rng))
    history = trace.first
    answer = _timed(assist, encoding, history, None, trace) if history else None
    trace.answers.append(answer)
    for number in range(1, habits.rounds + 1):
        mask = answer.mask.full() if answer else np.zeros_like(full)
        clicks = habits.annotator.clicks(mask, full, habits.per_round, rng, number)
        if not clicks:
            break
        history += clicks
        answer = _timed(assist, encoding, history, answer, trace)
        trace.answers.append(answer)
        trace.clicks.append(clicks)
    return trace


def run_noc(
    assist: Assist,
    encoding: Encoding,
    truth: Mask,
    habits: Habits,
    targets: tuple[float, ...],
    rng: np.random.Generator,
) -> tuple[dict[float, int], Trace]:
    """Number of clicks until the IoU reaches each target, at most 20 (RITM's protocol, one click an answer)."""
    history, full = first_prompts(truth, habits.start, rng), truth.full()
    trace, needed = Trace(history), dict.fromkeys(targets, CLICK_CAP)
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
        if habits.noise:
            click = _moved(click, habits.noise, full.shape, rng)
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
