"""Which cell is to predict which object."""

import numpy as np

from fewclicks.methods.detect.inference.network.cells import NOTHING, assign, level_of, references, split_levels

CELLS = references((64, 96))


def box(x: float, y: float, w: float, h: float, angle: float = 0) -> list[float]:
    return [x, y, w, h, angle]


def test_cells_are_counted_row_by_row_and_level_by_level() -> None:
    assert len(CELLS) == 8 * 12 + 4 * 6 + 2 * 3
    np.testing.assert_array_equal(CELLS[[0, 1, 12, 96, 120]][:, :2], [[4, 4], [12, 4], [4, 12], [8, 8], [16, 16]])
    levels = split_levels(CELLS[:, 0], (64, 96))
    assert [level.shape for level in levels] == [(8, 12), (4, 6), (2, 3)]
    np.testing.assert_array_equal(levels[2][0], [16, 48, 80])


def test_every_object_has_a_cell_however_small_and_wherever() -> None:
    boxes = np.array([box(30, 30, 1, 1), box(70, 9, 0.01, 30), box(0, 0, 2, 2), box(95, 63, 3, 3), box(50, 30, 90, 60)])
    assert set(assign(boxes, CELLS)) == {NOTHING, 0, 1, 2, 3, 4}


def test_cells_near_the_centre_on_the_level_of_the_size() -> None:
    boxes = np.array([box(28, 28, 32, 32), box(48, 32, 120, 120)], float)
    assert level_of(boxes).tolist() == [0, 2]
    found = assign(boxes[:1], CELLS)
    near = np.abs(CELLS[:96, :2] - 28).max(1) <= 12
    np.testing.assert_array_equal(found[:96] == 0, near)
    assert (found[96:] == NOTHING).all()


def test_a_cell_predicts_the_nearer_of_two() -> None:
    boxes = np.array([box(20, 20, 24, 24), box(36, 20, 24, 24)], float)
    found = split_levels(assign(boxes, CELLS), (64, 96))[0]
    assert found[2].tolist()[1:6] == [0, 0, 0, 1, 1]


def test_an_oriented_box_claims_what_lies_in_it() -> None:
    thin = np.array([box(32, 32, 60, 14, np.pi / 4)])
    cells = CELLS[assign(thin, CELLS) == 0]
    assert len(cells) >= 3
    assert (np.abs(cells[:, 0] - cells[:, 1]) <= 14 / 2**0.5).all()


def test_no_objects() -> None:
    assert (assign(np.zeros((0, 5)), CELLS) == NOTHING).all()
