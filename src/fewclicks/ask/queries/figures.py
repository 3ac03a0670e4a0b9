"""The figures of all runs together: the curve, what a share of the full mAP costs, and the area under the curve."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from fewclicks.ask.queries.rounds import Point
from fewclicks.ask.stopping import AHEAD, calibration, gain_of_next
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
    """Means over the runs after a round: costs, the test mAP at IoU 0.5 with its standard deviation, and the recall of
    the pool that the questions came from; None before the first.
    """

    boxes: float
    answers: float
    seconds: float
    map50: float
    std: float
    recall: float | None


Curve = list[CurvePoint]


def curve_of(runs: Sequence[Sequence[Point]]) -> Curve:
    """Return the mean curve of runs; it ends where the shortest run does."""
    return [_mean(list(points)) for points in zip(*runs, strict=False)]


def _mean(points: Sequence[Point]) -> CurvePoint:
    costs = np.array([(each.totals.boxes, each.totals.answers, each.totals.seconds) for each in points], np.float64)
    maps = [each.map50 for each in points]
    std = float(np.std(maps, ddof=1)) if len(maps) > 1 else 0.0
    boxes, answers, seconds = costs.mean(0).tolist()
    recalls = [each.recall for each in points if each.recall is not None]
    recall = float(np.mean(recalls)) if recalls else None
    return CurvePoint(boxes, answers, seconds, float(np.mean(maps)), std, recall)


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


def stopping_figures(runs: Sequence[Sequence[Point]]) -> dict[str, JsonValue]:
    """Return the estimated gain of the next answers after each round, as mean and standard error, and its calibration.

    The gain is that of the mean curve, None for its first points; the calibration is over all runs, None when no run is
    long enough.
    """
    curve = curve_of(runs)
    answers, maps = [point.answers for point in curve], [point.map50 for point in curve]
    gains = [gain_of_next(answers[:count], maps[:count]) for count in range(1, len(curve) + 1)]
    series = [([float(each.totals.answers) for each in run], [each.map50 for each in run]) for run in runs]
    found = calibration(series)
    return {
        "gain_of_next_100": [None if gain is None else [gain.mean, gain.error] for gain in gains],
        "gain_calibration": None if found is None else asdict(found),
    }


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
        "pool_recall": [point.recall for point in curve],
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


def stopping_lines(figures: dict[str, JsonValue]) -> tuple[str, ...]:
    """Return the figures of `stopping_figures` in sentences for the terminal; none where there are none."""
    calibrated, gains = figures["gain_calibration"], figures["gain_of_next_100"]
    found = []
    if isinstance(gains, list) and isinstance(gains[-1], list):
        mean, error = gains[-1]
        found.append(f"the next {AHEAD} answers: {mean:+.3f} mAP expected, standard error {error:.3f}")
    if isinstance(calibrated, dict):
        found.append(
            "such estimates were {bias:+.3f} off on average, {rms:.3f} in root mean square; {within:.0%} of "
            "{estimates} gains were within 2 standard errors".format(**calibrated)
        )
    return tuple(found)
