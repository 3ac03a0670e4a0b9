"""The figures of a simulation of points: of the refinement, and of the points that a localiser finds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float64

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.offsets import by_size, made_worse, mean, offsets, relative_positions, rsv
from fewclicks.simulation.points.pairing import Pairs, in_all, paired
from fewclicks.simulation.points.precision import TAUS, average_precision, match
from fewclicks.simulation.points.truth import PointTruth, object_counts
from fewclicks.simulation.report import JsonValue

Points = Float64[np.ndarray, "_ 2"]
ByTau = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Refined:
    """The figures of refinement by their names in JSON; None where they are not known.

    rsv: Eq. 13. offset: mean distance to the centre in object sizes. made_worse: share of points. rsv_by_epoch: after
    each quarter of the refiner's training.
    """

    annotated_points: int
    rsv_before: float | None = None
    rsv_after: float | None = None
    offset_before: float | None = None
    offset_after: float | None = None
    made_worse: float | None = None
    offset_by_size: Mapping[str, Mapping[str, float | int | None]] | None = None
    rsv_by_epoch: Sequence[float | None] | None = None

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)


def refinement(
    before: Sequence[Points], stages: Sequence[Sequence[Points]], truths: Sequence[PointTruth] | None
) -> Refined:
    """Return the figures of the points of images `before`, and after each stage of refinement; there may be none."""
    if truths is None:
        return Refined(sum(map(len, before)))
    truth, start = joined_truth(truths), np.concatenate(before)
    far = offsets(start, truth)
    if not stages:
        return Refined(len(start), rsv_before=rsv(start, truth), offset_before=mean(far))
    moved = [np.concatenate(stage) for stage in stages]
    after = offsets(moved[-1], truth)
    return Refined(
        annotated_points=len(start),
        rsv_before=rsv(start, truth),
        rsv_after=rsv(moved[-1], truth),
        offset_before=mean(far),
        offset_after=mean(after),
        made_worse=made_worse(far, after),
        offset_by_size=by_size(truth.sizes, far, after),
        rsv_by_epoch=[rsv(each, truth) for each in moved] if len(moved) > 1 else None,
    )


def joined_truth(truths: Sequence[PointTruth]) -> PointTruth:
    """Return the objects of all images."""
    return PointTruth(
        *(np.concatenate([getattr(each, name) for each in truths]) for name in PointTruth.__dataclass_fields__)
    )


def positions(points: Sequence[Points], truths: Sequence[PointTruth]) -> Float64[np.ndarray, "N 2"]:
    """Return the relative positions of the points of all images (Eq. 13)."""
    return relative_positions(np.concatenate(points), joined_truth(truths))


@dataclass(frozen=True, slots=True)
class OfClass:
    """The figures of one class; precision and recall are None without points or objects."""

    objects: int
    found: int
    ap_by_tau: ByTau | None
    precision: float | None
    recall: float | None
    count_mae: float


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of the points of test images by their names in JSON.

    map_by_tau: mean average precision. count_mae: mean absolute error of the count of a class in an image, over the
    classes that have objects or points. count_mae_all: the same of all classes together. precision and recall: over all
    images and classes, None without points or objects.
    """

    images: int
    map_by_tau: ByTau
    count_mae: float
    count_mae_all: float
    precision: float | None
    recall: float | None
    by_class: Mapping[str, OfClass]

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)


def found_figures(
    answers: Sequence[PointsAnswer], truths: Sequence[PointTruth], lowest_score: float, names: Mapping[int, str]
) -> Found:
    """Return the figures of all test images.

    Average precision is over all points; counts, precision and recall are over those of at least `lowest_score`.
    Raises ValueError when there are no objects.
    """
    counts = object_counts(truths)
    by_tau, of_class = average_precision([match(*pair) for pair in zip(answers, truths, strict=True)], counts)
    shown = [answer.where(answer.scores >= lowest_score) for answer in answers]
    pairs = [paired(*pair) for pair in zip(shown, truths, strict=True)]
    classes = sorted(set().union(*pairs) | counts.keys())
    by_class = {
        names[each]: _of_class([image.get(each, Pairs()) for image in pairs], of_class.get(each)) for each in classes
    }
    total = in_all(each for image in pairs for each in image.values())
    return Found(
        images=len(truths),
        map_by_tau=_by_tau(by_tau),
        count_mae=float(np.mean([each.count_mae for each in by_class.values()])),
        count_mae_all=_count_mae([in_all(image.values()) for image in pairs]),
        precision=total.precision,
        recall=total.recall,
        by_class=by_class,
    )


def _of_class(pairs: Sequence[Pairs], precision: Float64[np.ndarray, "T"] | None) -> OfClass:
    """Return the figures of one class from its pairs in each image."""
    total = in_all(pairs)
    return OfClass(
        objects=total.objects,
        found=total.points,
        ap_by_tau=None if precision is None else _by_tau(precision),
        precision=total.precision,
        recall=total.recall,
        count_mae=_count_mae(pairs),
    )


def _count_mae(pairs: Sequence[Pairs]) -> float:
    return float(np.mean([each.count_error for each in pairs]))


def _by_tau(values: Float64[np.ndarray, "T"]) -> ByTau:
    return {f"{tau:g}": float(value) for tau, value in zip(TAUS, values, strict=True)}
