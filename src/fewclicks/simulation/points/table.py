"""The report of a simulation of points as a table and in sentences."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from fewclicks.simulation.points.figures import Found, Refined
from fewclicks.simulation.points.precision import TAUS
from fewclicks.simulation.report import Column

COLUMNS = (Column("tau", "tau", 2, "limit"), Column("map", "point mAP"))
NEAR_COLUMNS = (
    Column("tau", "tau", 2, "limit"),
    Column("before", "points within tau before"),
    Column("after", "after"),
)
MOST_CLASSES = 20  # that get a line


def rows(found: Found) -> tuple[tuple[float, float], ...]:
    """Return the table: mean average precision by tau."""
    return tuple((float(tau), value) for tau, value in found.map_by_tau.items())


def near_rows(
    before: Float64[np.ndarray, "N 2"], after: Float64[np.ndarray, "N 2"]
) -> tuple[tuple[float, float, float], ...]:
    """Return the table of refinement: the shares of relative positions (Eq. 13) within each tau of the centre."""
    away = [np.hypot(*each.T) for each in (before, after)]
    near, nearer = ([float((distance <= tau).mean()) for tau in TAUS] for distance in away)
    return tuple(zip(TAUS, near, nearer, strict=True))


def lines(refined: Refined, found: Found) -> tuple[str, ...]:
    """Return the figures of refinement, of counts, and of each class."""
    total = (
        f"precision {_share(found.precision)}, recall {_share(found.recall)}, mean count error {found.count_mae:.2f}"
    )
    classes = [
        f"{name}: {each.found} found of {each.objects}, precision {_share(each.precision)}, "
        f"recall {_share(each.recall)}, count error {each.count_mae:.2f} an image"
        for name, each in list(found.by_class.items())[:MOST_CLASSES]
    ]
    more = len(found.by_class) - MOST_CLASSES
    return (*of_refinement(refined), total, *classes, *([f"and {more} more classes"] if more > 0 else []))


def of_refinement(refined: Refined) -> Iterator[str]:
    """Yield the figures of refinement that are known."""
    if refined.offset_before is not None and refined.offset_after is None:
        yield f"points: offset {refined.offset_before:.3f} object sizes, RSV {refined.rsv_before:.4f}"
    if refined.offset_before is None or refined.offset_after is None:
        return
    yield (
        f"refinement of {refined.annotated_points} points: "
        f"offset {refined.offset_before:.3f} to {refined.offset_after:.3f} object sizes, "
        f"RSV {refined.rsv_before:.4f} to {refined.rsv_after:.4f}, made worse {refined.made_worse:.1%}"
    )
    for size, each in (refined.offset_by_size or {}).items():
        if each["objects"]:
            yield (
                f"  {size} px: {each['objects']} objects, offset {each['before']:.3f} to {each['after']:.3f}, "
                f"made worse {each['made_worse']:.1%}"
            )
    if refined.rsv_by_epoch is not None:
        yield f"RSV after each quarter of the training: {', '.join(f'{each:.4f}' for each in refined.rsv_by_epoch)}"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
