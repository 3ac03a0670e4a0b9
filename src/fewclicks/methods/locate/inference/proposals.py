"""The proposals of a localiser (Sec. 4.2): one for each cell, and the points that stay after point NMS."""

import numpy as np
from jaxtyping import Float32, Float64, Int64

from fewclicks.methods.locate.inference.peaks import point_nms

LEAST = 0.01  # score below which a proposal is never a point
MOST = 20_000  # proposals of a class that compete, the best ones


def proposed(
    maps: Float32[np.ndarray, "K+2 h w"], channel: int, lowest: float = LEAST
) -> tuple[Float64[np.ndarray, "N 2"], Float64[np.ndarray, "N"]]:
    """Return the proposals of a class with a score of at least `lowest`: x, y in cells, and the score, 0..1.

    maps: logits of K classes and the offset x, y from the centre of each cell, in cells.
    """
    scores = 1 / (1 + np.exp(-maps[channel].astype(np.float64)))
    rows, columns = np.nonzero(scores >= max(lowest, LEAST))
    best = np.argsort(-scores[rows, columns], kind="stable")[:MOST]
    rows, columns = rows[best], columns[best]
    offsets = maps[-2:, rows, columns].T.astype(np.float64)
    return np.stack([columns, rows], axis=1) + 0.5 + offsets, scores[rows, columns]


def located(
    maps: Float32[np.ndarray, "K+2 h w"],
    size_wh: tuple[float, float],
    lowest: float,
    separation: float,
) -> tuple[Float64[np.ndarray, "N 2"], Float64[np.ndarray, "N"], Int64[np.ndarray, "N"]]:
    """Return the points of all classes in an image of `size_wh` cells: x, y in cells, score, and channel.

    Of each class none is within `separation` cells of a better one. Proposals outside the image are dropped.
    """
    points, scores, channels = [np.zeros((0, 2))], [np.zeros(0)], [np.zeros(0, np.int64)]
    for channel in range(len(maps) - 2):
        places, own = proposed(maps, channel, lowest)
        inside = ((places >= 0) & (places <= size_wh)).all(1)
        places, own = places[inside], own[inside]
        kept = point_nms(places, own, separation)
        points.append(places[kept])
        scores.append(own[kept])
        channels.append(np.full(len(kept), channel))
    return np.concatenate(points), np.concatenate(scores), np.concatenate(channels)
