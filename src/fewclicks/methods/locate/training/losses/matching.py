"""The assignment of P2PNet (Sec. 4.2): every point gets its top-k proposals by k successive Hungarian passes.

A point is far from most proposals, so only the nearest ones compete for it; the cost of the assignment then grows
linearly with the points.
"""

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fewclicks.methods.shared.training.focal import ALPHA, GAMMA

NEIGHBOURS = 50  # proposals that compete for a point
FEW = 4  # of them, the cheapest, that a point offers at first
PER_PIXEL = 0.1  # cost of a pixel of L1 distance
FOCAL = 2.0  # weight of the focal cost

Pairs = tuple[Int64[np.ndarray, "A"], Int64[np.ndarray, "A"]]


def assigned(
    points_xy: Float64[np.ndarray, "N 2"],
    channels: Int64[np.ndarray, "N"],
    proposals_xy: Float64[np.ndarray, "P 2"],
    logits: Float64[np.ndarray, "P K"],
    passes: int,
) -> Pairs:
    """Return pairs of a point and a proposal; positions in input pixels, `channels` the class of each point.

    Each pass gives every point one proposal that is still free, at the lowest total cost: 2 focal + 0.1 L1. When fewer
    proposals than points are free, the pass gives some points none.
    """
    free = np.arange(len(proposals_xy))
    found = [np.zeros((0, 2), np.int64)]
    for _ in range(passes if len(points_xy) else 0):
        if len(free) == 0:
            break
        rows, columns = _one_pass(points_xy, channels, proposals_xy[free], logits[free])
        found.append(np.stack([rows, free[columns]], axis=1))
        free = np.delete(free, columns)
    pairs = np.concatenate(found)
    return pairs[:, 0], pairs[:, 1]


def _one_pass(points_xy: np.ndarray, channels: np.ndarray, proposals_xy: np.ndarray, logits: np.ndarray) -> Pairs:
    """Match with the nearest proposals; with all when too many points compete for the same ones."""
    neighbours = min(NEIGHBOURS, len(proposals_xy))
    distance, columns = cKDTree(proposals_xy).query(points_xy, k=np.arange(1, neighbours + 1), p=1)
    costs = PER_PIXEL * distance + focal_cost(logits[columns, channels[:, None]])
    try:
        return cheapest_matching(costs, columns)
    except ValueError:
        distance = np.abs(points_xy[:, None] - proposals_xy).sum(2)
        rows, every = linear_sum_assignment(PER_PIXEL * distance + focal_cost(logits[:, channels]).T)
        return rows.astype(np.int64), every.astype(np.int64)


def cheapest_matching(costs: Float64[np.ndarray, "N E"], columns: Int64[np.ndarray, "N E"]) -> Pairs:
    """Return the matching of all rows of lowest total cost; a row may have the columns `columns` at `costs`.

    Solved in groups of rows that compete. A row of a group of n rows never needs more than its n cheapest columns,
    because the others take at most n - 1 of them. So rows offer few columns at first, and those of larger groups more.
    Raises ValueError when there is no matching of all rows.
    """
    order = np.argsort(costs, axis=1, kind="stable")
    costs, columns = np.take_along_axis(costs, order, 1), np.take_along_axis(columns, order, 1)
    count, most = costs.shape
    offers = np.full(count, min(FEW, most))
    while True:
        offered = np.arange(most) < offers[:, None]
        group = _groups(columns, offered)
        size = np.bincount(group)[group]
        short = (size > offers) & (offers < most)
        if not short.any():
            break
        offers[short] = np.minimum(np.maximum(2 * offers[short], size[short]), most)
    chosen = columns[:, 0].copy()
    rows = np.argsort(group, kind="stable")
    for contested in np.split(rows, np.cumsum(np.bincount(group))[:-1]):
        if len(contested) > 1:
            chosen[contested] = _solved(costs[contested], columns[contested], offered[contested])
    return np.arange(count), chosen


def _groups(columns: Int64[np.ndarray, "N E"], offered: Bool[np.ndarray, "N E"]) -> Int64[np.ndarray, "N"]:
    """Return the number of the group of each row; rows that offer the same column are in one group."""
    count, most = columns.shape
    row = np.repeat(np.arange(count), most)[offered.ravel()]
    column = np.unique(columns[offered], return_inverse=True)[1]
    size = count + (column.max() + 1 if len(column) else 0)
    edges = coo_array((np.ones(len(row), np.int8), (row, count + column)), shape=(size, size))
    labels = connected_components(edges, directed=False)[1][:count]
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _solved(
    costs: Float64[np.ndarray, "n E"], columns: Int64[np.ndarray, "n E"], offered: Bool[np.ndarray, "n E"]
) -> Int64[np.ndarray, "n"]:
    """Return the column of each row of a group."""
    names, column = np.unique(columns[offered], return_inverse=True)
    dense = np.full((len(costs), len(names)), np.inf)
    dense[np.nonzero(offered)[0], column] = costs[offered]
    # SciPy's matching of sparse costs (min_weight_full_bipartite_matching, 1.17) does not end for some of them.
    try:
        rows, found = linear_sum_assignment(dense)
    except ValueError as error:
        raise ValueError("no full matching exists: some rows have only columns that others need") from error
    if len(rows) < len(costs):
        raise ValueError("no full matching exists: there are more rows than columns")
    chosen: Int64[np.ndarray, n] = names[found]
    return chosen


def focal_cost(logits: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Return 2 times what the focal loss of a proposal changes by when it becomes positive."""
    positive, negative = np.logaddexp(0, -logits), np.logaddexp(0, logits)  # -log p, -log(1 - p)
    scores = np.exp(-positive)
    hit: Float64[np.ndarray, ...] = ALPHA * (1 - scores) ** GAMMA * positive
    return FOCAL * (hit - (1 - ALPHA) * scores**GAMMA * negative)
