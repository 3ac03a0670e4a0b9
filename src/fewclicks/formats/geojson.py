"""Shapes as the geometries of GeoJSON, in pixels, and back."""

from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from fewclicks.formats.bounds import bounds, outside
from fewclicks.formats.per_image import check_inside
from fewclicks.formats.record import Record, shown
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import Ring, outline_with_holes, rasterize, union
from fewclicks.labels import Box, OrientedBox, Point, Polygons, Shape

KINDS = ("Point", "MultiPoint", "Polygon", "MultiPolygon")

Size = tuple[int, int]


def read_shapes(geometry: Record, size_hw: Size) -> Iterator[Shape]:
    """The shapes of a geometry in an image of `size_hw`: a point for each of a MultiPoint, else one.

    Polygons with holes become masks, because a union of polygons has no holes.
    """
    kind, coordinates = geometry.need("type"), geometry.values.get("coordinates")
    if kind not in KINDS:
        geometry.fail(f"the type {shown(kind)} is not supported; use {', '.join(KINDS)}")
    if kind in ("Point", "MultiPoint"):
        positions = [coordinates] if kind == "Point" else _list(geometry, coordinates)
        yield from (_point(geometry, position, size_hw) for position in positions)
    else:
        polygons = [coordinates] if kind == "Polygon" else _list(geometry, coordinates)
        yield _area(geometry, [_rings(geometry, rings) for rings in polygons], size_hw)


def _list(geometry: Record, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        geometry.fail(f"expected a list of coordinates that is not empty, got {shown(value)}")
    return value


def _position(geometry: Record, value: Any) -> tuple[float, float]:
    """x and y; what else a position says is passed over."""
    numbers = geometry.numbers("a position", value)
    if len(numbers) < 2:
        geometry.fail(f"a position must be x and y, not {len(numbers)} numbers")
    return numbers[0], numbers[1]


def _point(geometry: Record, position: Any, size_hw: Size) -> Point:
    point = Point(*_position(geometry, position))
    if problem := outside(point, size_hw):
        geometry.fail(problem)
    return point


def _rings(geometry: Record, rings: Any) -> list[Ring]:
    return [_ring(geometry, ring) for ring in _list(geometry, rings)]


def _ring(geometry: Record, ring: Any) -> Ring:
    """The corners of a ring, which GeoJSON closes by its first corner again."""
    corners = [_position(geometry, position) for position in _list(geometry, ring)]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        geometry.fail(f"expected at least 3 corners of a polygon, got {len(corners)}")
    return tuple(value for corner in corners for value in corner)


def _area(geometry: Record, polygons: Sequence[list[Ring]], size_hw: Size) -> Polygons | Mask:
    around = Polygons(tuple(outer for outer, *_ in polygons))
    if problem := check_inside(bounds(around), size_hw):
        geometry.fail(problem)
    if not any(holes for _, *holes in polygons):
        return around
    pieces = [rasterize([outer], size_hw).minus([rasterize(holes, size_hw)]) for outer, *holes in polygons]
    mask = union(pieces, size_hw)
    if mask.area == 0:
        geometry.fail("the polygon covers no pixel")
    return mask


def geometry_of(shape: Shape) -> dict[str, Any]:
    """The geometry of a shape: a Point, a Polygon or a MultiPolygon. Masks are outlined along their pixels."""
    match shape:
        case Point():
            return {"type": "Point", "coordinates": list(map(float, shape.xy))}
        case Box():
            x0, y0, x1, y1 = shape.xyxy
            return _polygons([((x0, y0, x1, y0, x1, y1, x0, y1),)])
        case OrientedBox():
            return _polygons([(shape.ring,)])
        case Polygons():
            return _polygons([(ring,) for ring in shape.rings])
        case Mask():
            return _polygons(outline_with_holes(shape))
    assert_never(shape)


def _polygons(polygons: Sequence[Sequence[Ring]]) -> dict[str, Any]:
    coordinates = [[_closed(ring) for ring in rings] for rings in polygons]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _closed(ring: Ring) -> list[list[float]]:
    corners = [[float(x), float(y)] for x, y in zip(ring[::2], ring[1::2], strict=True)]
    return [*corners, corners[0]]
