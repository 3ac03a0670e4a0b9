"""Figures and report of the simulation of masks."""

from dataclasses import asdict, dataclass, field
from typing import cast

import numpy as np
from jaxtyping import Float

from fewclicks.model import ModelInfo
from fewclicks.simulation.mask.sessions import Habits
from fewclicks.simulation.quality import LEAST_RANKED, quality_figures
from fewclicks.simulation.report import Column, Figures, JsonValue, Report, milliseconds
from fewclicks.simulation.time_model import BOX_SECONDS, round_seconds

COLUMNS = (
    Column("round", "round", 0, "step"),
    Column("clicks", "clicks", 1, "effort"),
    Column("seconds", "seconds", 0, "effort"),
    Column("miou", "mIoU"),
    Column("boundary_f", "boundary F"),
)


@dataclass
class ObjectResult:
    """One object: IoU and boundary F after each round (the last ones repeated once there is no error to click on),
    predicted IoU after each round (None without a prediction), clicks of each round (None: the round did not happen),
    NoC by IoU, the IoU of the box of the first prompt, and that of each mask for a first click, best prediction first.
    """

    iou: list[float]
    boundary_f: list[float]
    clicks: list[int | None]
    noc: dict[float, int]
    predicted_iou: list[float | None]
    box_iou: float | None
    first_click: list[float] = field(default_factory=list)


def figures(
    habits: Habits, results: list[ObjectResult], encode_ms: list[float], click_ms: list[float]
) -> dict[str, JsonValue]:
    """The figures of a report; one value a round where the key says so."""
    clicks, seconds = _effort(habits, results)
    boxes = [result.box_iou for result in results if result.box_iou is not None]
    return {
        "objects": len(results),
        "habits": asdict(habits),
        "miou_by_round": np.mean([result.iou for result in results], 0).tolist(),
        "boundary_f_by_round": np.mean([result.boundary_f for result in results], 0).tolist(),
        "clicks_by_round": clicks,
        "seconds_by_round": seconds,
        "noc85": _mean_noc(results, 0.85),
        "noc90": _mean_noc(results, 0.9),
        "encode_ms": milliseconds(encode_ms),
        "click_ms": milliseconds(click_ms),
        "box_miou": float(np.mean(boxes)) if boxes else None,
        **_first_click(results),
        **_ranked(results),
        **quality_figures(*_by_round(results), "round"),
    }


def report_of(info: ModelInfo, measured: Figures) -> Report:
    """The report of a model, with a row for each round."""
    curves = [cast(list[float], measured[f"{key}_by_round"]) for key in ("clicks", "seconds", "miou", "boundary_f")]
    rows = tuple((float(number), *values) for number, values in enumerate(zip(*curves, strict=True)))
    title = f"{measured['objects']} objects of {measured['data']}"
    return Report(title, info.role, info.version, COLUMNS, rows, measured, (_summary(measured),))


def _by_round(results: list[ObjectResult]) -> tuple[Float[np.ndarray, "R N"], Float[np.ndarray, "R N"]]:
    """The predicted and the true IoU of each object after each round; NaN without a prediction."""
    predicted, true = ([getattr(result, name) for result in results] for name in ("predicted_iou", "iou"))
    return np.array(predicted, float).T, np.array(true, float).T


def _effort(habits: Habits, results: list[ObjectResult]) -> tuple[list[float], list[float]]:
    """Mean clicks and seconds that an object has taken, at the start and after each round."""
    clicks, seconds = [0.0], [BOX_SECONDS[habits.start]]
    for number in range(habits.rounds):
        counts = [result.clicks[number] for result in results]
        clicks.append(clicks[-1] + float(np.mean([count or 0 for count in counts])))
        spent = [0.0 if count is None else round_seconds(count) for count in counts]
        seconds.append(seconds[-1] + float(np.mean(spent)))
    return clicks, seconds


def _first_click(results: list[ObjectResult]) -> dict[str, JsonValue]:
    """The mean IoU of the first mask for one click, of the best of all masks for it, and their mean number."""
    ious = [result.first_click for result in results if result.first_click]
    if not ious:
        return {}
    return {
        "first_click_miou": float(np.mean([each[0] for each in ious])),
        "first_click_best_miou": float(np.mean([max(each) for each in ious])),
        "first_click_masks": float(np.mean([len(each) for each in ious])),
    }


def _ranked(results: list[ObjectResult]) -> dict[str, JsonValue]:
    """mIoU of the top 70% and of the bottom 30% of the masks by predicted IoU (Sec. 5.4)."""
    scored = [(each.predicted_iou[-1], each.iou[-1]) for each in results]
    known = [(predicted, iou) for predicted, iou in scored if predicted is not None]
    if len(known) < LEAST_RANKED:
        return {}
    ious = np.array([iou for _, iou in sorted(known, key=lambda pair: -pair[0])])
    cut = round(0.7 * len(ious))
    return {"ranker_top70_miou": float(ious[:cut].mean()), "ranker_bottom30_miou": float(ious[cut:].mean())}


def _mean_noc(results: list[ObjectResult], target: float) -> float | None:
    counts = [result.noc[target] for result in results if target in result.noc]
    return float(np.mean(counts)) if counts else None


def _summary(measured: Figures) -> str:
    parts = [] if measured["box_miou"] is None else [f"box alone {measured['box_miou']:.3f} mIoU"]
    if measured["noc85"] is not None:
        parts.append(f"NoC@85 {measured['noc85']:.2f}, NoC@90 {measured['noc90']:.2f}")
    if "first_click_miou" in measured:
        first, best = measured["first_click_miou"], measured["first_click_best_miou"]
        parts.append(f"one click: first mask {first:.3f}, best of {measured['first_click_masks']:.1f} masks {best:.3f}")
    for key, what in (("encode_ms", "encode"), ("click_ms", "click")):
        if measured[key]:
            spread = cast(dict[str, float], measured[key])
            parts.append(f"{what} {spread['median']:.1f} ms (95%: {spread['p95']:.1f})")
    if "ranker_top70_miou" in measured:
        top, bottom = measured["ranker_top70_miou"], measured["ranker_bottom30_miou"]
        parts.append(f"ranker: top 70% {top:.3f}, bottom 30% {bottom:.3f}")
    return "; ".join(parts)
