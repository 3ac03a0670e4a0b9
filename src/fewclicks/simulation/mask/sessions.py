"""A simulated annotator at work with a model on one object: rounds of corrections, and the NoC protocol."""

import time
from dataclasses import dataclass, field
from typing import Generic

import numpy as np
from jaxtyping import Bool

from fewclicks.answers import MOST_MASKS, MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.model import E, Encoding, M, Model, Response
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, Prompt, Prompts
from fewclicks.simulation.mask.annotator import Annotator, benchmark_click, perturbed_box
from fewclicks.simulation.mask.settings import ClickKind, Start

CLICK_CAP = 20


@dataclass(frozen=True, slots=True)
class Habits:
    """How the simulated annotator works (corrective-clicks, Sec. 3.1-3.2): the first prompt, rounds of corrections,
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

    first: tuple[Prompt, ...] = ()
    answers: list[MaskAnswer | None] = field(default_factory=list)
    clicks: list[tuple[Click, ...]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


@dataclass
class Session(Generic[E, M]):
    """One object with its prompts and answers so far."""

    model: Model[E, MaskAnswer, M]
    encoding: Encoding[E]
    trace: Trace
    prompts: Prompts = field(default_factory=Prompts)
    response: Response[MaskAnswer, M] | None = None

    def give(self, prompts: tuple[Prompt, ...]) -> None:
        """Answer one more round of prompts, if there are any."""
        if prompts:
            self.prompts = self.prompts.then(*prompts)
            begin = time.perf_counter()
            self.response = self.model.respond(self.encoding, self.prompts, self.response)
            self.trace.milliseconds.append((time.perf_counter() - begin) * 1e3)
        self.trace.answers.append(self.answer)

    @property
    def answer(self) -> MaskAnswer | None:
        return self.response.answer if self.response is not None else None

    @property
    def mask(self) -> Bool[np.ndarray, "H W"]:
        """The best mask so far, at the size of the image."""
        return self.answer.mask.full() if self.answer is not None else np.zeros(self.encoding.size_hw, bool)


def first_prompts(truth: Mask, start: Start, rng: np.random.Generator) -> tuple[Prompt, ...]:
    """The object's tight box, a loose one (Sec. 3.1), its extreme points, or nothing."""
    x0, y0, x1, y1 = truth.tight().xyxy
    if start == "box":
        return (BoxPrompt(x0, y0, x1, y1),)
    if start == "loose":
        return (BoxPrompt(*perturbed_box((x0, y0, x1, y1), rng)),)
    if start == "extreme":
        return (ExtremePoints(truth.extreme_points()),)
    return ()


def run_rounds(
    model: Model[E, MaskAnswer, M], encoding: Encoding[E], truth: Mask, habits: Habits, rng: np.random.Generator
) -> Trace:
    """Rounds of corrections until they are over or the annotator finds nothing wrong."""
    full, trace = truth.full(), Trace(first_prompts(truth, habits.start, rng))
    session = Session(model, encoding, trace)
    session.give(trace.first)
    for _ in range(habits.rounds):
        clicks = habits.annotator.clicks(session.mask, full, habits.per_round, rng)
        if not clicks:
            break
        session.give(clicks)
        trace.clicks.append(clicks)
    return trace


def run_noc(
    model: Model[E, MaskAnswer, M],
    encoding: Encoding[E],
    truth: Mask,
    habits: Habits,
    targets: tuple[float, ...],
    rng: np.random.Generator,
) -> tuple[dict[float, int], Trace]:
    """Number of clicks until the IoU reaches each target, at most 20 (RITM's protocol, one click an answer)."""
    full, trace = truth.full(), Trace(first_prompts(truth, habits.start, rng))
    session, needed = Session(model, encoding, trace), dict.fromkeys(targets, CLICK_CAP)
    clicked = np.zeros_like(full)
    session.give(trace.first)
    for number in range(CLICK_CAP + 1):
        iou = session.answer.mask.iou(truth) if session.answer is not None else 0.0
        needed |= {target: min(needed[target], number) for target in targets if iou >= target}
        if number == CLICK_CAP or iou >= max(targets):
            break
        click = benchmark_click(session.mask, full, clicked)
        if click is None:
            break
        clicked[int(click.y), int(click.x)] = True
        session.give((_moved(click, habits.noise, full.shape, rng) if habits.noise else click,))
    return needed, trace


def run_masks(model: Model[E, MaskAnswer, M], encoding: Encoding[E], truth: Mask) -> list[float]:
    """The IoU of each mask that the model has for the first click of the NoC protocol, the model's best mask first."""
    nothing = np.zeros(truth.size_hw, bool)
    click = benchmark_click(nothing, truth.full(), nothing)
    if click is None:
        return []
    prompts, masks = Prompts.of(click), list[Mask]()
    response: Response[MaskAnswer, M] | None = None
    for _ in range(MOST_MASKS):
        try:
            response = model.respond(encoding, prompts, response)
        except InputError:
            if not masks:
                raise
            break  # there is no other mask
        mask = response.answer.mask
        if masks and mask.iou(masks[0]) == 1:
            break  # the first one again
        masks.append(mask)
        prompts = prompts.then(AnotherMask())
    return [mask.iou(truth) for mask in masks]


def _moved(click: Click, sigma: float, size_hw: tuple[int, ...], rng: np.random.Generator) -> Click:
    x, y = rng.normal((click.x, click.y), sigma)
    return Click(float(np.clip(x, 0, size_hw[1])), float(np.clip(y, 0, size_hw[0])), click.adds)
