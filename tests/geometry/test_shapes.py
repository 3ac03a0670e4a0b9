import numpy as np
import pytest
from geometry_strategies import boxes
from hypothesis import given

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import rasterize
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Box, Polygons

SIZE = (13, 15)


@given(boxes())
def test_a_box_has_the_pixels_of_its_polygon(box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    expected = rasterize([(x0, y0, x1, y0, x1, y1, x0, y1)], SIZE)
    assert mask_from_shape(Box(*box), SIZE) == expected


def test_polygons_are_united() -> None:
    shape = Polygons(((0.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0, 4.0), (2.0, 2.0, 6.0, 2.0, 6.0, 6.0, 2.0, 6.0)))
    assert mask_from_shape(shape, SIZE).area == 16 + 16 - 4


def test_a_mask_is_itself() -> None:
    mask = Mask(np.ones((2, 2), bool), (1, 1), SIZE)
    assert mask_from_shape(mask, SIZE) is mask


def test_a_mask_of_another_image_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to an image"):
        mask_from_shape(Mask.empty((4, 4)), SIZE)
