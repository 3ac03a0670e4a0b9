"""The simulation of masks: accuracy against effort over a whole data set, for any model that answers with masks."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

import numpy as np

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.model import E, Encoding, M, Model
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, Prompt
from fewclicks.simulation.mask.figures import ObjectResult, figures, report_of
from fewclicks.simulation.mask.measure import boundary_f
from fewclicks.simulation.mask.objects import Objects, read_objects
from fewclicks.simulation.mask.sessions import Habits, Trace, run_masks, run_noc, run_rounds
from fewclicks.simulation.mask.settings import MaskSettings, Start
from fewclicks.simulation.report import Figures, Report
from fewclicks.simulation.spec import Subject, Watch

TARGETS = (0.85, 0.9)
NEEDED: dict[Start, tuple[type[Prompt], str]] = {
    "box": (BoxPrompt, "boxes"),
    "loose": (BoxPrompt, "boxes"),
    "extreme": (ExtremePoints, "extreme points"),
    "nothing": (Click, "clicks"),
}


def run(subject: Subject[MaskAnswer], settings: MaskSettings, watch: Watch) -> Report:
    """Measure a model on every object of a data set. A model that takes no clicks is measured at the start alone.

    Raises InputError when the model does not take the first prompt, and for a data set that cannot be read.
    """
    info = subject.model.info
    habits = habits_of(settings)
    check_start(info.role, habits.start, subject.takes)
    clicks = Click in subject.takes
    habits = habits if clicks else replace(habits, rounds=0)
    objects = read_objects(settings.data, settings.limit, settings.enlarge)
    watch.start(info.role, sum(len(masks) for _, masks in objects))
    masks = AnotherMask in subject.takes and habits.start == "nothing"
    measured = simulate(subject.model, objects, habits, settings.noc and clicks, settings.seed, watch.advance, masks)
    return report_of(info, {**measured, "data": str(settings.data), "enlarge": settings.enlarge})


def habits_of(settings: MaskSettings) -> Habits:
    """How the simulated annotator of `settings` works."""
    return Habits(
        settings.start, settings.clicks, settings.rounds, settings.per_round, settings.noise, settings.min_region
    )


def check_start(model: str, start: Start, takes: Collection[type[Prompt]]) -> None:
    """Raise InputError when a model does not take the first prompt of the simulated annotator."""
    kind, needed = NEEDED[start]
    if kind not in takes:
        others = ", ".join(name for name, (other, _) in NEEDED.items() if other in takes)
        choose = f"; choose --from {others}" if others else ""
        raise InputError(f"{model} does not accept {needed}, which --from {start} requires{choose}")


def simulate(
    model: Model[E, MaskAnswer, M],
    objects: Objects,
    habits: Habits,
    noc: bool = True,
    seed: int = 0,
    advance: Callable[[], None] = lambda: None,
    masks: bool = False,
) -> Figures:
    """Run every object through rounds of corrections and, with `noc`, through the NoC protocol. Rates are 0..1.

    masks: also compare all masks that the model has for a first click.
    """
    results: list[ObjectResult] = []
    encode_ms: list[float] = []
    click_ms: list[float] = []
    for encoding, truth, number, milliseconds in _encoded(model, objects):
        encode_ms += milliseconds
        result, traces = _one(model, encoding, truth, habits, noc, np.random.default_rng([seed, number]))
        click_ms += [ms for trace in traces for ms in trace.milliseconds]
        result.first_click = run_masks(model, encoding, truth) if masks else []
        results.append(result)
        advance()
    return {**figures(habits, results, encode_ms, click_ms), "seed": seed}


def _encoded(model: Model[E, MaskAnswer, M], objects: Objects) -> Iterator[tuple[Encoding[E], Mask, int, list[float]]]:
    number = 0
    for image, masks in objects:
        pixels = image.pixels()
        begin = time.perf_counter()
        encoding = model.encode(pixels)
        milliseconds = [(time.perf_counter() - begin) * 1e3]
        for mask in masks:
            yield encoding, mask, number, milliseconds
            number, milliseconds = number + 1, []


def _one(
    model: Model[E, MaskAnswer, M],
    encoding: Encoding[E],
    truth: Mask,
    habits: Habits,
    noc: bool,
    rng: np.random.Generator,
) -> tuple[ObjectResult, list[Trace]]:
    trace = run_rounds(model, encoding, truth, habits, rng)
    needed, noc_trace = run_noc(model, encoding, truth, habits, TARGETS, rng) if noc else ({}, Trace())
    return _result(trace, truth, habits, needed), [trace, noc_trace]


def _result(trace: Trace, truth: Mask, habits: Habits, noc: dict[float, int]) -> ObjectResult:
    answers = trace.answers + [trace.answers[-1]] * (habits.rounds + 1 - len(trace.answers))
    masks = [answer.mask if answer else Mask.empty(truth.size_hw) for answer in answers]
    counts: list[int | None] = [len(clicks) for clicks in trace.clicks]
    if len(counts) < habits.rounds:
        counts += [0] + [None] * (habits.rounds - len(counts) - 1)  # the annotator looks once more and finds no error
    return ObjectResult(
        iou=[mask.iou(truth) for mask in masks],
        boundary_f=[boundary_f(mask, truth) for mask in masks],
        clicks=counts,
        noc=noc,
        predicted_iou=[answer.predicted_iou if answer else None for answer in answers],
        box_iou=_box_iou(trace.first, truth),
    )


def _box_iou(first: tuple[Prompt, ...], truth: Mask) -> float | None:
    boxes = [prompt.xyxy for prompt in first if isinstance(prompt, BoxPrompt | ExtremePoints)]
    return mask_from_shape(BoxPrompt(*boxes[-1]), truth.size_hw).iou(truth) if boxes else None
