"""The proposals of a localiser (Sec. 4.2): a point for each cell and class."""

import numpy as np
from jaxtyping import Float32, Float64

LEAST = 0.01  # score below which a proposal is never a point
MOST = 20_000  # proposals of a class that compete, the best ones


def proposed(
    maps: Float32[np.ndarray, "D h w"], channel: int, lowest: float = LEAST
) -> tuple[Float64[np.ndarray, "N 2"], Float64[np.ndarray, "N"]]:
    """Return the proposals of a class with a score of at least `lowest`: x, y in cells, and the score, 0..1.

    maps: logits of D - 2 classes and the offset x, y from the centre of each cell, in cells.
    """
    scores = 1 / (1 + np.exp(-maps[channel].astype(np.float64)))
    rows, columns = np.nonzero(scores >= max(lowest, LEAST))
    best = np.argsort(-scores[rows, columns], kind="stable")[:MOST]
    rows, columns = rows[best], columns[best]
    offsets = maps[-2:, rows, columns].T.astype(np.float64)
    return np.stack([columns, rows], axis=1) + 0.5 + offsets, scores[rows, columns]
