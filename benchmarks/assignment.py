"""The cost of P2PNet's assignment as the points grow: linear, because far proposals are pruned.

    python benchmarks/assignment.py [--points 100 1000 10000] [--passes 3]

Points are spread as in a crowd, nine cells apart in the mean, with a proposal in each cell. Proposals near a point are
surer than others, as those of a trained network are. The table has the seconds of processor time of the best of three
runs, the microseconds a point, and the seconds of the Hungarian algorithm on all pairs, up to 200 points.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree
from trends import table

from fewclicks.methods.locate.training.losses.matching import PER_PIXEL, assigned, focal_cost

STRIDE, SPACING = 4, 9  # pixels of a cell; cells between neighbours
MOST_DENSE = 200  # points for which all pairs fit into memory


def crowd(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Points, their channels, proposals in pixels, and their logits."""
    rng = np.random.default_rng(0)
    side = round(np.sqrt(count) * SPACING)
    y, x = np.mgrid[:side, :side] + 0.5
    proposals = np.stack([x.ravel(), y.ravel()], 1) * STRIDE + rng.normal(0, 2, (side * side, 2))
    points = rng.uniform(0, side * STRIDE, (count, 2))
    near = cKDTree(points).query(proposals)[0] < 2 * STRIDE
    logits = rng.normal(np.where(near, 0.0, -5.0), 1)[:, None]
    return points, np.zeros(count, np.int64), proposals, logits


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Processor time of the best run."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def all_pairs(points: np.ndarray, channels: np.ndarray, proposals: np.ndarray, logits: np.ndarray, passes: int) -> None:
    """The same passes on all pairs of a point and a proposal."""
    free = np.arange(len(proposals))
    for _ in range(passes):
        distance = np.abs(points[:, None] - proposals[free]).sum(2)
        costs = PER_PIXEL * distance + focal_cost(logits[free][:, channels]).T
        free = np.delete(free, linear_sum_assignment(costs)[1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--passes", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    for count in arguments.points:
        made = crowd(count)
        pruned = seconds(lambda made=made: assigned(*made, arguments.passes))
        dense = "-"
        if count <= MOST_DENSE:
            dense = f"{seconds(lambda made=made: all_pairs(*made, arguments.passes), 1):.3f}"
        rows.append([f"{count:,}", f"{len(made[2]):,}", f"{pruned:.3f}", f"{1e6 * pruned / count:.0f}", dense])
    columns = ("points", "proposals", "pruned, s", "pruned, us a point", "all pairs, s")
    table(f"Assignment, {arguments.passes} passes", columns, rows)


if __name__ == "__main__":
    main()
