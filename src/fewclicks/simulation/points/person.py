"""The points of a simulated person: which objects get one, and where."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64

from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.simulation.points.coarse import coarse_points
from fewclicks.simulation.points.truth import PointTruth

Points = Float64[np.ndarray, "_ 2"]


@dataclass(frozen=True, slots=True)
class Annotated:
    """What a person annotated.

    source: images with points and nothing else: no boxes, masks or ignored areas. truths: the annotated objects of each
    image, in the order of its points; None where the data set has points only, which are then the person's.
    """

    source: PointedSource
    truths: tuple[PointTruth, ...] | None

    @property
    def points(self) -> list[Points]:
        """The points of each image."""
        return [image.points_xy for image in self.source.images]

    @property
    def centres(self) -> list[Points] | None:
        """The true centre of each object with a point, by image; None where they are not known."""
        return None if self.truths is None else [truth.centres_xy for truth in self.truths]


def annotated(source: PointedSource, share: float, seed: int) -> Annotated:
    """Return a point on a random `share` of all objects, at least one: coarse ones (Eq. 11), or those of the data."""
    chosen = _chosen([len(image.points_xy) for image in source.images], share, seed)
    points = [_points_on(image, number, seed) for number, image in enumerate(source.images)]
    images = tuple(
        PointedImage(image.path, image.size_hw, xy[own], image.class_ids[own])
        for image, xy, own in zip(source.images, points, chosen, strict=True)
    )
    truths = [
        PointTruth.of_boxes(image.boxes[own], image.class_ids[own])
        for image, own in zip(source.images, chosen, strict=True)
        if image.boxes is not None
    ]
    return Annotated(replace(source, images=images), tuple(truths) if len(truths) == len(images) else None)


def with_points(source: PointedSource, points: list[Points]) -> PointedSource:
    """Return the annotated images with other points on the same objects."""
    moved = zip(source.images, points, strict=True)
    return replace(source, images=tuple(replace(image, points_xy=xy) for image, xy in moved))


def _points_on(image: PointedImage, number: int, seed: int) -> Points:
    if image.boxes is None:
        return image.points_xy
    return coarse_points(image.boxes, image.masks, image.size_hw, np.random.default_rng([seed, number]))


def _chosen(counts: list[int], share: float, seed: int) -> list[Bool[np.ndarray, "_"]]:
    """Return which objects of each image get a point."""
    total = sum(counts)
    chosen = np.zeros(total, bool)
    chosen[np.random.default_rng(seed).permutation(total)[: max(1, round(share * total))]] = True
    return np.split(chosen, np.cumsum(counts)[:-1])
