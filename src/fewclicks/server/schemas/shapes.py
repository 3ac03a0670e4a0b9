"""The shapes of objects."""

from typing import Annotated, Literal

from pydantic import Field

from fewclicks.server.schemas.base import Coordinate, Schema


class BoxShape(Schema):
    type: Literal["box"] = "box"
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class OrientedBoxShape(Schema):
    """A box with the sides `w` and `h` around `cx`, `cy`, rotated by `angle` radians, clockwise on the screen."""

    type: Literal["oriented_box"] = "oriented_box"
    cx: Coordinate
    cy: Coordinate
    w: Coordinate
    h: Coordinate
    angle: Coordinate


class PolygonsShape(Schema):
    type: Literal["polygons"] = "polygons"
    rings: list[list[Coordinate]]


class MaskShape(Schema):
    """COCO compressed run lengths: column-major, zeros first, of the whole image `size` = [height, width].

    `xyxy` is the mask's tight box (integers), so that a client decodes only that crop.
    """

    type: Literal["mask"] = "mask"
    size: tuple[int, int]
    counts: str
    xyxy: tuple[int, int, int, int]


class PointShape(Schema):
    """A place in an object; on the border of the image at most."""

    type: Literal["point"] = "point"
    x: Coordinate
    y: Coordinate


ShapeSchema = Annotated[
    BoxShape | OrientedBoxShape | PolygonsShape | MaskShape | PointShape, Field(discriminator="type")
]
