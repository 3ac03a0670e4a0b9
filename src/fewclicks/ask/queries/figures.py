"""The figures of all runs together: the curve, what a share of the full mAP costs, and the area under the curve."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from fewclicks.ask.queries.rounds import Point
from fewclicks.simulation.report import Column, JsonValue

MARKS = (85, 95)  # percent of the full mAP
COLUMNS = (
    Column("round", "round", 0, "step"),
    Column("boxes", "boxes", 0, "effort"),
    Column("answers", "answers", 0, "effort"),
    Column("seconds", "seconds", 0, "effort"),
    Column("map50", "mAP .5"),
    Column("map50_std", "±", role="error"),
)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Means over the runs after a round: costs, and the test mAP at IoU 0.5 with its standard deviation."""

    boxes: float
    answers: float
    seconds: float
    map50: float
    std: float


Curve = list[CurvePoint]


def curve_of(runs: Sequence[Sequence[Point]]) -> Curve:
    """Return the mean curve of runs; it ends where the shortest run does."""
    return [_mean(list(points)) for points in zip(*runs, strict=False)]


def _mean(points: Sequence[Point]) -> CurvePoint:
    costs = np.array([(each.totals.boxes, each.totals.answers, each.totals.seconds) for each in points], np.float64)
    maps = [each.map50 for each in points]
    std = float(np.std(maps, ddof=1)) if len(maps) > 1 else 0.0
    boxes, answers, seconds = costs.mean(0).tolist()
    return CurvePoint(boxes, answers, seconds, float(np.mean(maps)), std)


def cost_of(curve: Curve, target: float, cost: Callable[[CurvePoint], float]) -> float | None:
    """Return the cost at which the curve first reaches an mAP of `target`, linear between points; None if never."""
    for number, point in enumerate(curve):
        if point.map50 >= target:
            if number == 0:
                return cost(point)
            before = curve[number - 1]
            share = (target - before.map50) / (point.map50 - before.map50)
            return cost(before) + share * (cost(point) - cost(before))
    return None


def area_under(curve: Curve) -> float | None:
    """Return the mean mAP over the boxes from the first point to the last; None for a single point."""
    boxes, maps = np.array([each.boxes for each in curve]), np.array([each.map50 for each in curve])
    if len(curve) < 2 or boxes[-1] <= boxes[0]:
        return None
    return float(((maps[1:] + maps[:-1]) / 2 * np.diff(boxes)).sum() / (boxes[-1] - boxes[0]))


def figures_of(curve: Curve, full_map50: float, total_boxes: int) -> dict[str, JsonValue]:
    """Return the figures by their names in JSON; a mark that is not reached is None."""
    found: dict[str, JsonValue] = {}
    for mark in MARKS:
        target = full_map50 * mark / 100
        found[f"boxes_to_{mark}"] = cost_of(curve, target, lambda point: point.boxes)
        found[f"answers_to_{mark}"] = cost_of(curve, target, lambda point: point.answers)
        found[f"seconds_to_{mark}"] = cost_of(curve, target, lambda point: point.seconds)
    return {
        "curve": [_to_json(point) for point in curve],
        **found,
        "total_boxes": total_boxes,
        "full_map50": full_map50,
        "auc": area_under(curve),
    }


def _to_json(point: CurvePoint) -> dict[str, JsonValue]:
    plain = asdict(point)
    return {**{name: plain[name] for name in ("boxes", "answers", "seconds")}, "map50": [point.map50, point.std]}


def rows(curve: Curve) -> tuple[tuple[float | None, ...], ...]:
    """Return the table of a curve."""
    return tuple(
        (number, point.boxes, point.answers, point.seconds, point.map50, point.std)
        for number, point in enumerate(curve)
    )


def lines(figures: dict[str, JsonValue]) -> tuple[str, ...]:
    """Return the figures in sentences for the terminal."""
    found = [f"all {figures['total_boxes']} boxes labelled: mAP {figures['full_map50']:.3f}"]
    for mark in MARKS:
        boxes, answers, seconds = (figures[f"{name}_to_{mark}"] for name in ("boxes", "answers", "seconds"))
        if isinstance(boxes, float) and isinstance(answers, float) and isinstance(seconds, float):
            found.append(f"{mark}% of it: {boxes:.0f} boxes, {answers:.0f} answers, {seconds:.0f} s")
        else:
            found.append(f"{mark}% of it: not reached")
    return tuple(found)
