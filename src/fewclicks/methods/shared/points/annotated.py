"""Annotated points as arrays, from the prompts of a model of points."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.errors import InputError
from fewclicks.methods.shared.prompt_kinds import of_kind
from fewclicks.prompts import PointPrompt, Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """Annotated points in image pixels, the class of each, and the annotation that each belongs to ("" for none)."""

    points_xy: Float64[np.ndarray, "N 2"]
    class_ids: Int64[np.ndarray, "N"]
    targets: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def key(self) -> tuple[bytes, bytes, tuple[str, ...]]:
        """What distinguishes these points from others."""
        return (self.points_xy.tobytes(), self.class_ids.tobytes(), self.targets)


def annotated_points(prompts: Prompts, size_hw: tuple[int, int], model: str) -> Annotated:
    """Return the points of all rounds. Raises InputError for other prompts, and for points outside the image."""
    points = of_kind(PointPrompt, prompts.all, model)
    height, width = size_hw
    for point in points:
        if not (0 <= point.x <= width and 0 <= point.y <= height):
            raise InputError(f"the point at {point.x:g}, {point.y:g} is outside the image of {width}x{height} pixels")
    return Annotated(
        np.array([(point.x, point.y) for point in points], np.float64).reshape(-1, 2),
        np.array([point.class_id for point in points], np.int64),
        tuple(point.target for point in points),
    )
