"""Boxes as networks predict them: there and back, and no border to cross."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewclicks.geometry.oriented import canonical, pairwise_iou
from fewclicks.methods.detect.inference.network.box_coding import decode, encode

PLACE = np.array([[40.0, 30.0, 32.0]])
side = st.floats(1, 300)
angle = st.floats(0, np.pi / 2 - 1e-6)


def box(w: float, h: float, a: float, x: float = 44.0, y: float = 21.0) -> np.ndarray:
    return np.array([[x, y, w, h, a]])


@given(side, side, angle, st.floats(-50, 50), st.floats(-50, 50))
def test_oriented_boxes_come_back(w: float, h: float, a: float, x: float, y: float) -> None:
    wanted = canonical(box(w, h, a, x, y))
    got = decode(encode(wanted, PLACE, oriented=True), PLACE, oriented=True)
    assert pairwise_iou(wanted, got)[0, 0] > 1 - 1e-4


@given(side, side, st.floats(-50, 50), st.floats(-50, 50))
def test_upright_boxes_come_back(w: float, h: float, x: float, y: float) -> None:
    wanted = canonical(box(w, h, 0, x, y))
    np.testing.assert_allclose(decode(encode(wanted, PLACE, False), PLACE, False), wanted, atol=1e-5)


@given(side, side, angle, st.floats(-1e-3, 1e-3))
def test_a_little_turn_is_a_little_change_also_across_the_border(w: float, h: float, a: float, turn: float) -> None:
    before, after = canonical(box(w, h, a)), canonical(box(w, h, a + turn))
    change = np.abs(encode(after, PLACE, True) - encode(before, PLACE, True)).max()
    assert change <= (4 + 2 * abs(np.log(w / h))) * abs(turn) + 1e-5


@given(side, angle, st.floats(-1e-3, 1e-3))
def test_a_square_becomes_longer_without_a_jump(w: float, a: float, more: float) -> None:
    square, longer = encode(canonical(box(w, w, a)), PLACE, True), encode(canonical(box(w + more, w, a)), PLACE, True)
    np.testing.assert_allclose(longer, square, atol=1.2e-3)


@given(side, side, angle)
def test_the_same_box_written_in_four_ways_has_one_code(w: float, h: float, a: float) -> None:
    wanted = encode(box(w, h, a), PLACE, oriented=True)
    for same in (box(h, w, a + np.pi / 2), box(w, h, a + np.pi), box(h, w, a - np.pi / 2)):
        np.testing.assert_allclose(encode(same, PLACE, oriented=True), wanted, atol=1e-9)


@pytest.mark.parametrize("oriented", [False, True])
def test_whatever_a_network_says_is_a_box(oriented: bool) -> None:
    values = np.array([[1e6] * 7, [-1e6] * 7, [0] * 7], np.float32)[:, : 7 if oriented else 4]
    boxes = decode(values, np.repeat(PLACE, 3, axis=0), oriented)
    assert np.isfinite(boxes).all()
    assert (boxes[:, 2:4] >= 0).all()
    assert decode(values[:0], PLACE[:0], oriented).shape == (0, 5)
