"""The assignment of P2PNet against the Hungarian algorithm on all pairs."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.methods.locate.training.losses.matching import (
    NEIGHBOURS,
    PER_PIXEL,
    assigned,
    cheapest_matching,
    focal_cost,
)


def instance(seed: int, count: int, proposals: int, spread: float = 30) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, spread, (count, 2))
    return points, rng.integers(0, 2, count), rng.uniform(0, spread, (proposals, 2)), rng.normal(-2, 2, (proposals, 2))


def total(points: np.ndarray, channels: np.ndarray, proposals: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """All costs, [N, P]."""
    return PER_PIXEL * np.abs(points[:, None] - proposals).sum(2) + focal_cost(logits[:, channels]).T


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, NEIGHBOURS))
@example(376406, 23, 23)  # SciPy's matching of sparse costs does not end here
def test_few_proposals_are_assigned_as_the_hungarian_algorithm_does(seed: int, count: int, proposals: int) -> None:
    made = instance(seed, count, proposals)
    costs = total(*made)
    rows, columns = assigned(*made, passes=1)
    assert len(rows) == min(count, proposals)
    assert len(np.unique(columns)) == len(columns)
    assert costs[rows, columns].sum() == pytest.approx(costs[linear_sum_assignment(costs)].sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(3, 12), st.integers(0, 60))
def test_groups_of_rows_are_matched_at_the_lowest_total_cost(seed: int, rows: int, edges: int, spare: int) -> None:
    rng = np.random.default_rng(seed)
    columns = np.array([rng.permutation(edges + spare)[:edges] for _ in range(rows)])
    costs = rng.normal(size=(rows, edges))
    dense = np.full((rows, edges + spare), np.inf)
    np.put_along_axis(dense, columns, costs, 1)
    try:
        wanted = dense[linear_sum_assignment(dense)].sum() if rows <= edges + spare else np.inf
    except ValueError:
        wanted = np.inf
    if np.isinf(wanted):
        with pytest.raises(ValueError, match="full matching"):
            cheapest_matching(costs, columns)
        return
    found, chosen = cheapest_matching(costs, columns)
    assert len(np.unique(chosen)) == rows
    assert dense[found, chosen].sum() == pytest.approx(wanted)


def test_each_pass_gives_every_point_another_proposal() -> None:
    made = instance(0, 12, 400)
    rows, columns = assigned(*made, passes=3)
    assert np.bincount(rows).tolist() == [3] * 12
    assert len(np.unique(columns)) == 36
    first = total(*made)[rows[:12], columns[:12]].sum()
    assert first < total(*made)[rows[12:24], columns[12:24]].sum()


def test_far_proposals_are_not_assigned_however_sure_they_are() -> None:
    points = np.array([[0.0, 0]])
    proposals = np.stack([np.arange(200.0), np.zeros(200)], 1)
    logits = np.full((200, 1), -2.0)
    logits[NEIGHBOURS + 5] = 30
    assert assigned(points, np.array([0]), proposals, logits, 1)[1].tolist() == [0]


def test_too_many_points_for_the_near_proposals_take_farther_ones() -> None:
    points = np.zeros((NEIGHBOURS + 20, 2))
    proposals = np.stack([np.arange(300.0), np.zeros(300)], 1)
    rows, columns = assigned(points, np.zeros(len(points), np.int64), proposals, np.zeros((300, 1)), 1)
    assert sorted(rows.tolist()) == list(range(len(points)))
    assert sorted(columns.tolist()) == list(range(len(points)))


@pytest.mark.parametrize(("points", "proposals"), [(0, 5), (3, 0), (0, 0)])
def test_nothing_to_assign(points: int, proposals: int) -> None:
    rows, columns = assigned(*instance(0, points, proposals), passes=3)
    assert len(rows) == len(columns) == 0


def test_the_focal_cost_is_lower_for_a_surer_proposal() -> None:
    costs = focal_cost(np.array([-800.0, -3, 0, 3, 800]))
    assert (np.diff(costs) < 0).all()
    assert np.isfinite(costs).all()
