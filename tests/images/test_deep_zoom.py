from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewclicks.errors import NotFoundError
from fewclicks.images.deep_zoom import COARSEST, TILE, DeepZoom

SIDES = st.integers(1, 200_000)


@given(SIDES, SIDES)
def test_at_the_coarsest_level_one_tile_shows_all(height: int, width: int) -> None:
    zoom = DeepZoom((height, width))
    assert zoom.tile_xyxy(COARSEST, 0, 0) == (0, 0, width, height)
    assert max(height, width) <= TILE * zoom.shrink(COARSEST)


@given(SIDES, SIDES, st.integers(0, 8))
def test_the_tiles_of_a_level_meet_and_end_at_the_border(height: int, width: int, back: int) -> None:
    zoom = DeepZoom((height, width))
    level = max(zoom.finest - back, COARSEST)
    side = TILE * zoom.shrink(level)
    columns = -(-width // side)
    xs = [zoom.tile_xyxy(level, column, 0) for column in range(min(columns, 50))]
    assert xs[0][0] == 0
    assert all(left[2] == right[0] for left, right in pairwise(xs))
    assert zoom.tile_xyxy(level, columns - 1, 0)[2] == width
    with pytest.raises(NotFoundError):
        zoom.tile_xyxy(level, columns, 0)


@pytest.mark.parametrize("level", [-1, 8, 16])
def test_levels_that_do_not_exist(level: int) -> None:
    with pytest.raises(NotFoundError, match=f"no level {level}; use 9 to 15"):
        DeepZoom((20_000, 20_000)).shrink(level)
