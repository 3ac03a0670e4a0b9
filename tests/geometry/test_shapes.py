import numpy as np
import pytest
from geometry_strategies import boxes, oriented_boxes
from hypothesis import given

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import rasterize
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Box, OrientedBox, Point, Polygons

SIZE = (13, 15)


@given(boxes())
def test_a_box_has_the_pixels_of_its_polygon(box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    expected = rasterize([(x0, y0, x1, y0, x1, y1, x0, y1)], SIZE)
    assert mask_from_shape(Box(*box), SIZE) == expected


@given(oriented_boxes())
def test_an_oriented_box_has_the_pixels_whose_centres_it_holds(box: np.ndarray) -> None:
    shape = OrientedBox.from_array(box)
    full = mask_from_shape(shape, SIZE).full()
    ys, xs = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    cos, sin = np.cos(shape.angle), np.sin(shape.angle)
    along, across = (xs - shape.cx) * cos + (ys - shape.cy) * sin, (ys - shape.cy) * cos - (xs - shape.cx) * sin
    depth = np.minimum(shape.w / 2 - np.abs(along), shape.h / 2 - np.abs(across))
    assert full[depth > 1e-9].all()
    assert not full[depth < -1e-9].any()


def test_an_upright_oriented_box_has_the_pixels_of_the_box() -> None:
    assert mask_from_shape(OrientedBox(5, 4, 4, 2, 0.0), SIZE) == mask_from_shape(Box(3, 3, 7, 5), SIZE)


def test_polygons_are_united() -> None:
    shape = Polygons(((0.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0, 4.0), (2.0, 2.0, 6.0, 2.0, 6.0, 6.0, 2.0, 6.0)))
    assert mask_from_shape(shape, SIZE).area == 16 + 16 - 4


@pytest.mark.parametrize(
    ("x", "y", "pixel"),
    [(0, 0, (0, 0)), (3.999, 7, (3, 7)), (4, 6.5, (4, 6)), (15, 13, (14, 12)), (14.5, 13, (14, 12))],
)
def test_a_point_is_the_pixel_that_contains_it_and_on_the_far_borders_the_last_one(
    x: float, y: float, pixel: tuple[int, int]
) -> None:
    mask = mask_from_shape(Point(x, y), SIZE)
    assert (mask.area, mask.offset_xy) == (1, pixel)


@pytest.mark.parametrize(("x", "y"), [(-0.5, 1), (1, -0.5), (15.5, 1), (1, 13.5)])
def test_a_point_outside_the_image_has_no_pixel(x: float, y: float) -> None:
    assert mask_from_shape(Point(x, y), SIZE).area == 0


def test_a_mask_is_itself() -> None:
    mask = Mask(np.ones((2, 2), bool), (1, 1), SIZE)
    assert mask_from_shape(mask, SIZE) is mask


def test_a_mask_of_another_image_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to an image"):
        mask_from_shape(Mask.empty((4, 4)), SIZE)
