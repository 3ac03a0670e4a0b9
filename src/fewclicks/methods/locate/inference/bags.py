"""Bags of points on circles around annotated points (coarse point refinement, Eq. 1). Coordinates: cells of a map."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32, Float64

POINTS_OF_FIRST_CIRCLE = 8  # u_0


@lru_cache(maxsize=64)
def circles(radius: int) -> Float64[np.ndarray, "P 2"]:
    """Return the points of circles of radius 1 to `radius` around the origin, 8 r of them on circle r; read-only."""
    rings = [_circle(r) for r in range(1, radius + 1)]
    points = np.concatenate([np.zeros((0, 2)), *rings])
    points.flags.writeable = False
    return points


def _circle(r: int) -> Float64[np.ndarray, "P 2"]:
    angles = 2 * np.pi * np.arange(POINTS_OF_FIRST_CIRCLE * r) / (POINTS_OF_FIRST_CIRCLE * r)
    return r * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def radii(points: Float64[np.ndarray, "P 2"]) -> Float64[np.ndarray, "P"]:
    """Return the number of the circle of each point."""
    return np.rint(np.hypot(points[:, 0], points[:, 1]))


def sampled(maps: Float[np.ndarray, "K h w"], points_xy: Float64[np.ndarray, "*N 2"]) -> Float32[np.ndarray, "K *N"]:
    """Return the values of `maps` at points, interpolated bilinearly; cell i has its centre at i + 0.5.

    Beyond the outermost centres the maps go on with the value there.
    """
    height, width = maps.shape[1:]
    x = np.clip(points_xy[..., 0] - 0.5, 0, width - 1).astype(np.float32)
    y = np.clip(points_xy[..., 1] - 0.5, 0, height - 1).astype(np.float32)
    left, top = x.astype(np.int32), y.astype(np.int32)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left).astype(np.float32), (y - top).astype(np.float32)
    maps = maps.astype(np.float32, copy=False)
    flat = maps.reshape(len(maps), -1)
    upper = flat[:, top * width + left] * (1 - across) + flat[:, top * width + right] * across
    lower = flat[:, bottom * width + left] * (1 - across) + flat[:, bottom * width + right] * across
    values: Float32[np.ndarray, K * N] = upper * (1 - down) + lower * down
    return values
