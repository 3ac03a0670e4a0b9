import numpy as np
import pytest
from geometry_strategies import full_masks, oriented_boxes, quarters, star_rings
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import MultiPoint, Polygon, minimum_rotated_rectangle
from shapely import box as rectangle

from fewclicks.geometry import boxes, oriented
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import rasterize

PI = np.pi
several = st.lists(oriented_boxes(), max_size=6).map(lambda found: np.array(found, float).reshape(-1, 5))


def polygon(box: np.ndarray) -> Polygon:
    return Polygon(oriented.corners(box))


def same_corners(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two boxes have the same corners, whichever comes first."""
    ours, theirs = oriented.corners(a), oriented.corners(b)
    return any(np.allclose(np.roll(ours, turn, axis=0), theirs, atol=1e-5) for turn in range(4))


# --- canonical form ------------------------------------------------------------------------------


@given(oriented_boxes())
def test_the_canonical_form_is_the_same_box_and_its_own_canonical_form(box: np.ndarray) -> None:
    found = oriented.canonical(box)
    assert same_corners(box, found)
    assert 0 <= found[4] < PI / 2
    assert oriented.canonical(found).tolist() == found.tolist()


@given(oriented_boxes(), st.integers(-4, 4))
def test_every_way_to_write_a_box_has_one_canonical_form(box: np.ndarray, quarters_more: int) -> None:
    box = oriented.canonical(box)
    sides = box[2:4] if quarters_more % 2 == 0 else box[[3, 2]]
    other = np.array([*box[:2], *sides, box[4] + quarters_more * PI / 2])
    assert oriented.canonical(other).tolist() == box.tolist()


@pytest.mark.parametrize("angle", [0.0, -0.0, 1e-12, -1e-12, PI, PI - 1e-12, -PI, 2 * PI])
def test_a_half_turn_and_rounding_do_not_turn_a_box(angle: float) -> None:
    assert oriented.canonical(np.array([5, 6, 4, 2, angle])).tolist() == [5, 6, 4, 2, 0]


@pytest.mark.parametrize("angle", [PI / 2, 1.570796326, PI / 2 - 1e-12, PI / 2 + 1e-12, -PI / 2, 3 * PI / 2])
def test_a_quarter_exchanges_the_sides(angle: float) -> None:
    assert oriented.canonical(np.array([5, 6, 4, 2, angle])).tolist() == [5, 6, 2, 4, 0]


def test_a_point_has_no_angle() -> None:
    assert oriented.canonical(np.array([5, 6, 0, 0, 1.0])).tolist() == [5, 6, 0, 0, 0]


def test_a_canonical_box_has_no_minus_zero() -> None:
    assert not np.signbit(oriented.canonical(np.array([-1e-9, -0.0, 1, 1, -0.0]))).any()


# --- corners and back ----------------------------------------------------------------------------


def test_corners_go_clockwise_on_the_screen_and_begin_top_left() -> None:
    upright = oriented.corners(np.array([5.0, 6.0, 4.0, 2.0, 0.0]))
    assert upright.tolist() == [[3, 5], [7, 5], [7, 7], [3, 7]]
    turned = oriented.corners(np.array([5.0, 6.0, 4.0, 2.0, PI / 6]))
    right = turned[1:3].mean(0) - (5, 6)  # the middle of the side that was right, y growing downwards
    assert np.allclose(right, (2 * np.cos(PI / 6), 2 * np.sin(PI / 6)))


@given(oriented_boxes(), st.permutations(range(4)))
def test_the_corners_in_any_order_give_exactly_the_box(box: np.ndarray, order: list[int]) -> None:
    box = oriented.canonical(box)
    assume((box[2:4] == 0).all() or box[2:4].max() > 0.01)
    assert oriented.from_points(oriented.corners(box)[order]).tolist() == box.tolist()


@given(st.integers(0, 20_000), st.integers(1, 3000), st.integers(1, 3000), st.floats(0, 1.57))
def test_the_corners_give_exactly_the_box_in_a_large_image(at: int, w: int, h: int, angle: float) -> None:
    box = oriented.canonical(np.array([at, 20_000 - at, w, h, angle]))
    assert oriented.from_points(oriented.corners(box)).tolist() == box.tolist()


@given(star_rings())
def test_the_smallest_rectangle_is_as_small_as_that_of_shapely(ring: tuple[float, ...]) -> None:
    points = np.array(ring).reshape(-1, 2)
    found = oriented.from_points(points)
    theirs = minimum_rotated_rectangle(MultiPoint(points)).area
    assert oriented.area(found[None])[0] <= theirs * (1 + 1e-6) + 1e-3
    assert polygon(found).buffer(1e-4).covers(MultiPoint(points))


@given(st.lists(st.tuples(quarters, quarters), min_size=1, max_size=12))
def test_points_of_any_kind_lie_in_their_rectangle(points: list[tuple[float, float]]) -> None:
    found = oriented.from_points(np.array(points))
    u = oriented.from_points(np.array(points)[::-1])
    assert u.tolist() == found.tolist()
    relative = np.array(points) - found[:2]
    cos, sin = np.cos(found[4]), np.sin(found[4])
    along = np.abs(relative @ np.array([[cos, -sin], [sin, cos]]))
    assert (along <= found[2:4] / 2 + 1e-5).all()


def test_points_on_a_line_have_a_rectangle_without_height() -> None:
    assert oriented.from_points(np.array([[0, 0], [4, 4], [2, 2], [2, 2]], float)).tolist() == [
        2,
        2,
        round(32**0.5, 6),
        0,
        round(PI / 4, 9),
    ]
    assert oriented.from_points(np.array([[3.0, 0.0], [3.0, 8.0]])).tolist() == [3, 4, 0, 8, 0]
    assert oriented.from_points(np.array([[3.0, 4.0]])).tolist() == [3, 4, 0, 0, 0]


def test_nothing_has_no_rectangle() -> None:
    with pytest.raises(ValueError, match="expected at least one point"):
        oriented.from_points(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="empty mask"):
        oriented.from_mask(Mask.empty((4, 4)))


@given(full_masks())
def test_the_rectangle_of_a_mask_holds_its_pixels_and_is_no_larger_than_its_box(full: np.ndarray) -> None:
    assume(full.any())
    mask = Mask.from_full(full)
    found = oriented.from_mask(mask)
    ys, xs = np.nonzero(full)
    cells = [rectangle(x, y, x + 1, y + 1) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
    assert all(polygon(found).buffer(1e-4).covers(cell) for cell in cells)
    assert oriented.area(found[None])[0] <= boxes.area(np.array(mask.tight().xyxy, float)[None])[0] + 1e-4


def test_the_rectangle_of_an_upright_mask_is_its_box() -> None:
    mask = Mask(np.ones((3, 5), bool), (2, 4), (20, 20))
    assert oriented.from_mask(mask).tolist() == [4.5, 5.5, 5, 3, 0]


def test_a_drawn_box_is_found_again_in_its_mask() -> None:
    box = np.array([50.0, 40.0, 60.0, 12.0, 0.4])
    mask = rasterize([oriented.corners(box).ravel().tolist()], (100, 100))
    assert np.allclose(oriented.from_mask(mask), box, atol=(1, 1, 2, 2, 0.05))


@given(st.tuples(quarters, quarters, quarters, quarters))
def test_an_upright_box_is_an_oriented_one(sides: tuple[float, float, float, float]) -> None:
    (x0, x1), (y0, y1) = sorted(sides[:2]), sorted(sides[2:])
    upright = np.array([x0, y0, x1, y1])
    assert np.allclose(oriented.enclosing(oriented.from_upright(upright)), upright, atol=1e-6)


# --- clipping ------------------------------------------------------------------------------------


@given(oriented_boxes())
def test_what_is_clipped_holds_the_part_inside_and_no_more_than_the_box(box: np.ndarray) -> None:
    assume(box[2:4].min() > 0)
    found = oriented.clip(box, (15, 12))
    inside = polygon(box).intersection(rectangle(0, 0, 12, 15))
    if found is None:
        assert inside.area == pytest.approx(0, abs=1e-9)
    else:
        assert polygon(found).buffer(1e-4).covers(inside)
        assert oriented.area(found[None])[0] <= box[2] * box[3] + 1e-3


def test_a_box_inside_is_not_clipped_and_one_outside_is_gone() -> None:
    box = oriented.canonical(np.array([50.0, 40.0, 20.0, 10.0, 0.5]))
    assert np.array_equal(oriented.clip(box, (100, 100)), box)  # type: ignore[arg-type]
    assert oriented.clip(box, (20, 20)) is None


# --- overlap -------------------------------------------------------------------------------------


@given(several, several)
def test_overlaps_are_those_of_shapely(a: np.ndarray, b: np.ndarray) -> None:
    ours = oriented.pairwise_iou(a, b)
    assert ours.shape == (len(a), len(b))
    for i, first in enumerate(map(polygon, a)):
        for j, second in enumerate(map(polygon, b)):
            shared = first.intersection(second).area
            union = first.area + second.area - shared
            assert ours[i, j] == pytest.approx(shared / union if union > 1e-9 else 0, abs=1e-6)


@given(oriented_boxes(), st.integers(-4, 4), st.floats(-1e-9, 1e-9))
def test_a_box_and_the_same_box_written_otherwise_overlap_fully(box: np.ndarray, turns: int, jitter: float) -> None:
    assume(box[2:4].min() > 0)
    sides = box[2:4] if turns % 2 == 0 else box[[3, 2]]
    other = np.array([*box[:2], *sides, box[4] + turns * PI / 2 + jitter])
    assert oriented.pairwise_iou(box[None], other[None])[0, 0] == pytest.approx(1, abs=1e-5)


@given(oriented_boxes())
def test_boxes_that_touch_along_a_side_do_not_overlap(box: np.ndarray) -> None:
    along = box[2] * np.array([np.cos(box[4]), np.sin(box[4])])
    other = np.array([*(box[:2] + along), *box[2:]])
    assert oriented.pairwise_iou(box[None], other[None])[0, 0] == pytest.approx(0, abs=1e-9)


@given(several, several)
def test_overlap_does_not_depend_on_who_is_asked(a: np.ndarray, b: np.ndarray) -> None:
    assert np.allclose(oriented.pairwise_iou(a, b), oriented.pairwise_iou(b, a).T, atol=1e-9)


def test_overlaps_far_from_the_origin_are_as_exact() -> None:
    near = np.array([[0, 0, 30, 10, 0.3], [3, 1, 28, 12, 0.5]])
    far = near + np.array([20_000, 15_000, 0, 0, 0])
    assert np.allclose(oriented.pairwise_iou(far[:1], far[1:]), oriented.pairwise_iou(near[:1], near[1:]), atol=1e-9)


def test_upright_boxes_overlap_as_upright_boxes_do() -> None:
    generator = np.random.default_rng(0)
    low = generator.uniform(0, 50, (60, 2))
    upright = np.concatenate([low, low + generator.uniform(1, 30, (60, 2))], axis=1)
    turned = oriented.from_upright(upright)
    assert np.allclose(oriented.pairwise_iou(turned, turned), boxes.pairwise_iou(upright, upright), atol=1e-5)


def test_many_pairs_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(1)
    many = np.concatenate([generator.uniform(0, 20, (40, 2)), generator.uniform(1, 9, (40, 3))], axis=1)
    at_once = oriented.pairwise_iou(many, many)
    monkeypatch.setattr(oriented, "PAIRS_AT_ONCE", 7)
    assert np.array_equal(oriented.pairwise_iou(many, many), at_once)


# --- suppression ---------------------------------------------------------------------------------


def greedy(found: np.ndarray, scores: np.ndarray, iou: float, classes: np.ndarray) -> list[int]:
    """The same with shapely, one pair after the other."""
    kept: list[int] = []
    shapes = list(map(polygon, found))
    for index in np.argsort(-scores, kind="stable").tolist():
        rivals = [shapes[other] for other in kept if classes[other] == classes[index]]
        shared = [(shapes[index].intersection(rival).area, rival) for rival in rivals]
        if all(both <= iou * (shapes[index].area + rival.area - both) for both, rival in shared):
            kept.append(index)
    return kept


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.3, 0.55]))
def test_what_stays_is_what_shapely_leaves(seed: int, iou: float) -> None:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(1, 25))
    sides = generator.uniform(2, 12, (size, 2))
    found = np.concatenate([generator.uniform(0, 25, (size, 2)), sides, generator.uniform(-4, 4, (size, 1))], axis=1)
    classes = generator.integers(0, 3, size)
    scores = generator.uniform(0, 1, size) if seed % 2 else generator.choice([0.2, 0.5, 0.9], size)  # with ties
    assert oriented.nms(found, scores, iou, classes).tolist() == greedy(found, scores, iou, classes)
    assert oriented.nms(found, scores, iou).tolist() == greedy(found, scores, iou, classes * 0)


def test_nothing_stays_of_nothing_and_boxes_without_area_do_not_compete() -> None:
    assert oriented.nms(np.zeros((0, 5)), np.zeros(0), 0.5).tolist() == []
    flat = np.array([[5, 5, 4, 0, 0.3], [5, 5, 4, 0, 0.3]], float)
    assert oriented.nms(flat, np.array([0.1, 0.2]), 0.1).tolist() == [1, 0]


# --- means ---------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.floats(-4, 4))
def test_the_mean_of_boxes_turns_with_them(seed: int, turn: float) -> None:
    """Boxes that lie a little off around one: their mean is that one, however all of them are turned and written."""
    generator = np.random.default_rng(seed)
    one = np.array([20, 30, 16, 5, turn])
    off = generator.uniform(-1, 1, (6, 5)) * [0.5, 0.5, 0.5, 0.5, 0.1]
    around = one + np.concatenate([off, -off])
    around[::2] = oriented.canonical(around[::2])
    around[1::4, 2:] = around[1::4][:, [3, 2, 4]] + [0, 0, 3 * oriented.QUARTER]
    scores = generator.uniform(0.1, 1, len(around))
    scores[len(off) :] = scores[: len(off)]
    kept, same = np.array([3]), np.zeros(len(around), np.int64)
    (found,) = oriented.voted(around, scores, kept, 0.3, same)
    assert oriented.pairwise_iou(found[None], one[None]) > 1 - 1e-6
    others = np.arange(len(around))  # of a class each: nothing but the box itself votes
    np.testing.assert_array_equal(oriented.voted(around, scores, kept, 0.3, others), oriented.canonical(around[kept]))


def test_far_boxes_and_none_change_nothing() -> None:
    found = np.array([[5, 5, 4, 2, 0.3], [9, 5, 4, 2, 0.3], [5, 5, 4, 0, 0.3]])
    scores, classes = np.array([0.5, 0.6, 0.7]), np.zeros(3, np.int64)
    np.testing.assert_array_equal(oriented.voted(found, scores, np.arange(3), 0.4, classes), found)
    assert oriented.voted(found, scores, np.arange(0), 0.4, classes).shape == (0, 5)
