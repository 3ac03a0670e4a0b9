import numpy as np
import pytest
import shapely
from geometry_strategies import box_arrays, boxes
from hypothesis import given

from fewclicks.geometry.boxes import area, box_of_points, clip, pairwise_intersection, pairwise_iou


def test_no_boxes_give_empty_tables() -> None:
    none, one = np.zeros((0, 4)), np.array([[0.0, 0, 2, 3]])
    assert pairwise_iou(none, one).shape == (0, 1)
    assert pairwise_iou(one, none).shape == (1, 0)
    assert area(none).shape == (0,)
    assert clip(none, (5, 5)).shape == (0, 4)


def test_known_overlap() -> None:
    a, b = np.array([[0.0, 0, 4, 4]]), np.array([[2.0, 2, 6, 6], [4, 0, 8, 4], [0, 0, 4, 4]])
    np.testing.assert_allclose(pairwise_iou(a, b), [[4 / 28, 0, 1]])


def test_a_box_without_area_overlaps_nothing_not_even_itself() -> None:
    flat = np.array([[1.0, 1, 1, 5]])
    assert pairwise_iou(flat, flat).tolist() == [[0.0]]


def test_a_reversed_box_has_no_area() -> None:
    assert area(np.array([[5.0, 5, 1, 1]])).tolist() == [0.0]


@given(box_arrays, box_arrays)
def test_intersection_and_iou_agree_with_shapely(a: np.ndarray, b: np.ndarray) -> None:
    ours, theirs = shapely.box(*a.T), shapely.box(*b.T)
    shared = shapely.area(shapely.intersection(ours[:, None], theirs[None, :]))
    union = shapely.area(ours)[:, None] + shapely.area(theirs)[None, :] - shared
    np.testing.assert_allclose(pairwise_intersection(a, b), shared, atol=1e-9)
    expected = np.where(union > 0, shared / np.where(union > 0, union, 1), 0)
    np.testing.assert_allclose(pairwise_iou(a, b), expected, atol=1e-9)


@given(box_arrays, box_arrays)
def test_iou_is_symmetric_and_a_rate(a: np.ndarray, b: np.ndarray) -> None:
    iou = pairwise_iou(a, b)
    np.testing.assert_array_equal(iou, pairwise_iou(b, a).T)
    assert ((iou >= 0) & (iou <= 1)).all()


@given(box_arrays)
def test_clipped_boxes_are_their_intersection_with_the_image(a: np.ndarray) -> None:
    image = np.array([[0.0, 0, 9, 7]])
    np.testing.assert_allclose(area(clip(a, (7, 9))), pairwise_intersection(a, image)[:, 0])


@given(boxes())
def test_the_box_of_the_corners_is_the_box(box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    corners = np.array([[x1, y0], [x0, y1], [x0, y0], [x1, y1]])
    assert box_of_points(corners).tolist() == [x0, y0, x1, y1]


def test_no_points_have_no_box() -> None:
    with pytest.raises(ValueError, match="no points"):
        box_of_points(np.zeros((0, 2)))


def test_arguments_are_not_modified() -> None:
    a = np.array([[-3.0, -3, 30, 30]])
    before = a.copy()
    clip(a, (5, 5))
    pairwise_iou(a, a)
    np.testing.assert_array_equal(a, before)
