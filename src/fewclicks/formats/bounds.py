"""The bounding box of any shape."""

from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box, OrientedBox, Polygons, Shape


def bounds(shape: Shape) -> Box:
    """Return the smallest upright box around a shape."""
    if isinstance(shape, Polygons):
        xs = [x for ring in shape.rings for x in ring[::2]]
        ys = [y for ring in shape.rings for y in ring[1::2]]
        return Box(min(xs), min(ys), max(xs), max(ys))
    if isinstance(shape, OrientedBox):
        return bounds(Polygons((shape.ring,)))
    if isinstance(shape, Mask):
        return Box(*shape.tight().xyxy)
    return shape
