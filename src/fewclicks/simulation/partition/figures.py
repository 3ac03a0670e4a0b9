"""The figures of a report: means over all regions of all images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from fewclicks.simulation.partition.session import ImageResult
from fewclicks.simulation.quality import quality_figures
from fewclicks.simulation.report import JsonValue, milliseconds
from fewclicks.simulation.time_model import REGION_SECONDS, round_seconds


def figures_of(results: Sequence[ImageResult]) -> dict[str, JsonValue]:
    """Return means over all regions. Standard errors are over photos; a photo may have several partitions."""
    ious = np.concatenate([result.ious for result in results], axis=1)
    regions = [result.ious.shape[1] for result in results]
    spent = np.array([result.spent for result in results])
    rounds = len(ious)
    # A scribble takes as long as a corrective click of the time model.
    by_round = np.diff(spent, axis=1).T.tolist()
    seconds = np.cumsum([0.0, *(np.mean([round_seconds(count) for count in counts]) for counts in by_round)])
    scribble_ms = [ms for result in results for ms in result.scribble_ms]
    means = _by_photo(results)
    values = np.array(list(means.values()))
    errors = values.std(0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros(rounds)
    return {
        "images": len(means),
        "partitions": len(results),
        "regions": int(sum(regions)),
        "miou_by_scribbles": np.nanmean(ious, axis=1).tolist(),
        "stderr_by_scribbles": errors.tolist(),
        "spend_by_scribbles": (spent.sum(0) / sum(regions)).tolist(),
        "seconds_by_scribbles": (seconds + REGION_SECONDS * np.mean(regions)).tolist(),
        "scribble_ms": milliseconds(scribble_ms),
        "encode_ms": milliseconds([result.encode_ms for result in results]),
        **_by_kind(results, ious),
        **quality_figures(np.concatenate([result.predicted_ious for result in results], axis=1), ious, "scribbles"),
        "by_image": [{"name": photo.name, "miou": mean.tolist()} for photo, mean in means.items()],
    }


def _by_photo(results: Sequence[ImageResult]) -> dict[Path, Float[np.ndarray, "R"]]:
    """Return the mean IoU of each photo after each round, averaged over the partitions of the photo."""
    found: dict[Path, list[np.ndarray]] = {}
    for result in results:
        found.setdefault(result.photo, []).append(np.nanmean(result.ious, axis=1))
    return {photo: np.mean(means, axis=0) for photo, means in found.items()}


def _by_kind(results: Sequence[ImageResult], ious: Float[np.ndarray, "R N"]) -> dict[str, JsonValue]:
    """Return the mean IoU of things and of stuff after each round, None where unknown or absent."""
    kinds = [result.things for result in results]
    if any(kind is None for kind in kinds):
        return {"things": None, "stuff": None}
    things = np.array([thing for kind in kinds for thing in kind or ()])
    return {
        name: np.nanmean(ious[:, chosen], axis=1).tolist() if chosen.any() else None
        for name, chosen in (("things", things), ("stuff", ~things))
    }
