"""The bounding box of any shape, and points outside their image."""

from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box, OrientedBox, Point, Polygons, Shape


def bounds(shape: Shape) -> Box:
    """Return the smallest upright box around a shape; that of a point has no area."""
    if isinstance(shape, Polygons):
        xs = [x for ring in shape.rings for x in ring[::2]]
        ys = [y for ring in shape.rings for y in ring[1::2]]
        return Box(min(xs), min(ys), max(xs), max(ys))
    if isinstance(shape, OrientedBox):
        return bounds(Polygons((shape.ring,)))
    if isinstance(shape, Mask):
        return Box(*shape.tight().xyxy)
    if isinstance(shape, Point):
        return Box(*shape.xy, *shape.xy)
    return shape


def outside(point: Point, size_hw: tuple[int, int]) -> str | None:
    """Return what is wrong with a point that is not in an image of `size_hw`; its borders are inside."""
    height, width = size_hw
    if 0 <= point.x <= width and 0 <= point.y <= height:
        return None
    return f"the point {point.x:g}, {point.y:g} lies outside the image of {width}x{height}; correct it or delete it"
