"""The scale at which training reads an image: that of its points, that of its data set, or 1."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.methods.shared.points.reading import reading_scale

Reading = Literal["neighbours", "data", "native"]


def scales_of(sources: Sequence[PointedSource], reading: Reading) -> list[list[float]]:
    """Return the reading scale of each image of each source.

    `neighbours`: neighbouring points of an image come to lie about 36 pixels apart (reading.py), and an image of too
    few points takes the scale of all; `data`: the scale of all; `native`: 1.
    """
    usual = fixed_scale(sources, reading)
    if usual is not None:
        return [[usual] * len(source.images) for source in sources]
    usual = scale_of_all(sources)
    return [[_own_scale(image) or usual for image in source.images] for source in sources]


def fixed_scale(sources: Sequence[PointedSource], reading: Reading) -> float | None:
    """Return the scale at which all images are read; None when each has its own."""
    if reading == "neighbours":
        return None
    return 1.0 if reading == "native" else scale_of_all(sources)


def scale_of_all(sources: Sequence[PointedSource]) -> float:
    """Return the median over all points of the scale of their image; 1 where no image has two points of a class."""
    images = [image for source in sources for image in source.images]
    scales = [np.full(len(image.points_xy), scale) for image in images if (scale := _own_scale(image)) is not None]
    return float(np.median(np.concatenate(scales))) if scales else 1.0


def _own_scale(image: PointedImage) -> float | None:
    """Return the scale by the image's own points; None when it has no two points of a class."""
    counts = np.unique(image.class_ids, return_counts=True)[1]
    if not (counts > 1).any():
        return None
    return reading_scale(image.points_xy, image.class_ids, image.size_hw)
