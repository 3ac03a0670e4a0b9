import numpy as np
import pytest
import shapely
from geometry_strategies import full_masks, star_rings
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import outline, outline_with_holes, rasterize, union

SIZE = (13, 15)


def polygon(ring: tuple[float, ...]) -> shapely.Polygon:
    return shapely.Polygon(np.reshape(ring, (-1, 2)))


def centres() -> tuple[np.ndarray, np.ndarray]:
    return np.meshgrid(np.arange(SIZE[1]) + 0.5, np.arange(SIZE[0]) + 0.5)


@given(st.lists(star_rings(), max_size=3))
def test_pixels_are_those_whose_centre_shapely_finds_inside(rings: list[tuple[float, ...]]) -> None:
    ours = rasterize(rings, SIZE).full()
    xs, ys = centres()
    inside, near_an_edge = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    for shape in map(polygon, rings):
        if not shape.is_valid:
            return
        inside |= shapely.contains_xy(shape, xs, ys)
        near_an_edge |= shapely.distance(shape.boundary, shapely.points(xs, ys)) < 1e-6
    np.testing.assert_array_equal(ours[~near_an_edge], inside[~near_an_edge])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools
@given(star_rings())
def test_pixels_differ_from_pycocotools_only_along_the_edge(ring: tuple[float, ...]) -> None:
    shape = polygon(ring)
    if not shape.is_valid:
        return
    inside_image = shapely.box(0, 0, SIZE[1], SIZE[0])
    if not shapely.contains(inside_image, shape):
        return  # pycocotools bends what leaves the image
    theirs = coco_mask.decode(coco_mask.frPyObjects([list(ring)], *SIZE))[..., 0].astype(bool)
    differing = np.argwhere(rasterize([ring], SIZE).full() != theirs)
    distances = shapely.distance(shape.boundary, shapely.points(differing[:, ::-1] + 0.5))
    assert (distances <= 1.0).all()


def test_a_box_as_a_polygon_has_exactly_its_pixels() -> None:
    mask = rasterize([(2, 3, 6, 3, 6, 5, 2, 5)], SIZE)
    assert (mask.xyxy, mask.area) == ((2, 3, 6, 5), 8)


@pytest.mark.parametrize("far", [1e6, 1e15, 1e30, 1.7e308])
def test_corners_may_be_as_far_away_as_numbers_go(far: float) -> None:
    height, width = SIZE
    assert rasterize([(-far, -far, far, -far, 0, far)], SIZE).area == height * width
    assert rasterize([(-far, -far, 5, -far, 5, far, -far, far)], SIZE).area == height * 5
    below_the_diagonal = rasterize([(-far, -far, far, far, -far, far)], SIZE).full()
    xs, ys = centres()
    np.testing.assert_array_equal(below_the_diagonal[xs != ys], (xs < ys)[xs != ys])


@given(star_rings())
def test_direction_and_first_corner_do_not_matter(ring: tuple[float, ...]) -> None:
    corners = np.reshape(ring, (-1, 2))
    turned = tuple(np.roll(corners[::-1], 1, axis=0).ravel().tolist())
    assert rasterize([ring], SIZE) == rasterize([turned], SIZE)


@given(st.integers(1, 14), st.floats(0, 15, width=32), st.floats(0, 15, width=32))
def test_polygons_that_share_an_edge_share_no_pixel_and_leave_none(x: int, top: float, bottom: float) -> None:
    height, width = SIZE
    left = rasterize([(0, 0, top, 0, x, 6.5, bottom, height, 0, height)], SIZE)
    right = rasterize([(width, 0, top, 0, x, 6.5, bottom, height, width, height)], SIZE)
    assert left.intersection(right) == 0
    assert left.area + right.area == height * width


def test_what_lies_outside_the_image_is_left_out() -> None:
    huge = (-1e6, -1e6, 1e6, -1e6, 1e6, 1e6, -1e6, 1e6)
    assert rasterize([huge], SIZE).area == SIZE[0] * SIZE[1]
    assert rasterize([(20, 20, 30, 20, 30, 30)], SIZE) == Mask.empty(SIZE)


@pytest.mark.parametrize("rings", [[], [(3, 3, 3, 3, 3, 3)], [(1, 1, 9, 1, 5, 1)], [(1.1, 1.1, 1.3, 1.1, 1.2, 1.3)]])
def test_polygons_that_cover_no_centre_give_an_empty_mask(rings: list[tuple[float, ...]]) -> None:
    assert rasterize(rings, SIZE) == Mask.empty(SIZE)


def test_a_small_polygon_in_a_large_image_holds_little_memory() -> None:
    mask = rasterize([(15000, 15000, 15020, 15000, 15020, 15020, 15000, 15020)], (20000, 20000))
    assert mask.crop.shape == (20, 20)


def test_far_apart_polygons_are_one_mask() -> None:
    mask = rasterize([(0, 0, 2, 0, 2, 2, 0, 2), (10, 10, 12, 10, 12, 12, 10, 12)], SIZE)
    assert (mask.area, mask.xyxy) == (8, (0, 0, 12, 12))


@given(st.lists(full_masks((3, 4)), max_size=3))
def test_union_has_the_pixels_of_all(fulls: list[np.ndarray]) -> None:
    expected = np.any([np.zeros((3, 4), bool), *fulls], axis=0)
    np.testing.assert_array_equal(union([Mask.from_full(full) for full in fulls], (3, 4)).full(), expected)


@given(full_masks())
def test_an_outline_gives_back_exactly_its_mask(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    assert rasterize(outline(mask), mask.size_hw) == mask


@given(full_masks())
def test_outlines_are_valid_polygons_that_do_not_overlap(full: np.ndarray) -> None:
    shapes = [polygon(ring) for ring in outline(Mask.from_full(full))]
    assert all(shape.is_valid for shape in shapes)
    assert sum(shape.area for shape in shapes) == full.sum()
    assert shapely.union_all(shapes).area == full.sum()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools
def test_pycocotools_reads_outlines_as_the_same_pixels() -> None:
    full = np.zeros((40, 40), bool)
    full[5:30, 8:33] = True
    full[12:20, 15:22] = False
    polygons = [list(ring) for ring in outline(Mask.from_full(full))]
    theirs = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(polygons, 40, 40)))
    np.testing.assert_array_equal(theirs.astype(bool), full)


def test_a_ring_shaped_mask_is_cut_in_two() -> None:
    full = np.ones((7, 7), bool)
    full[3, 3] = False
    assert len(outline(Mask.from_full(full))) == 2


def test_the_outline_of_a_pixel_is_its_four_corners() -> None:
    (ring,) = outline(Mask(np.ones((1, 1), bool), (3, 5), (9, 9)))
    assert {ring[i : i + 2] for i in range(0, 8, 2)} == {(3.0, 5.0), (4.0, 5.0), (4.0, 6.0), (3.0, 6.0)}


def test_nothing_has_no_outline() -> None:
    assert outline(Mask.empty((4, 4))) == ()


@given(full_masks())
def test_outlines_with_holes_are_valid_and_exactly_the_mask(full: np.ndarray) -> None:
    rings = outline_with_holes(Mask.from_full(full))
    areas = [
        shapely.Polygon(np.reshape(outer, (-1, 2)), [np.reshape(hole, (-1, 2)) for hole in holes])
        for outer, *holes in rings
    ]
    together, (ys, xs) = shapely.MultiPolygon(areas), np.nonzero(full)
    assert together.is_valid
    assert together.equals(shapely.union_all(shapely.box(xs, ys, xs + 1, ys + 1)))
