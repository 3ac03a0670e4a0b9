"""Random parts of training images: a symmetry, a scale and a place, as a map from pixels to pixels."""

import numpy as np
from jaxtyping import Float64


def random_symmetry(rng: np.random.Generator) -> Float64[np.ndarray, "2 2"]:
    """Return one of the eight symmetries of a square."""
    return np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]][rng.integers(2)]) * rng.choice([-1.0, 1.0], (2, 1))


def random_placement(
    size_hw: tuple[int, int],
    part_hw: tuple[int, int],
    turn: Float64[np.ndarray, "2 2"],
    places_xy: Float64[np.ndarray, "N 2"],
    on_place: float,
    rng: np.random.Generator,
) -> Float64[np.ndarray, "2 3"]:
    """Return a map from pixels of an image of `size_hw`, turned and scaled by `turn`, to those of a part of it.

    An image that is larger than the part fills it; a smaller one is somewhere within it. With the chance `on_place` one
    of `places_xy`, in pixels of the image, is well inside the part.
    """
    height, width = size_hw
    corners = np.array([[0, 0], [width, height]]) @ turn.T
    low, size = corners.min(0), np.array(part_hw[::-1])
    free = size - (corners.max(0) - low)  # negative: that much does not fit
    shift = rng.uniform(np.minimum(free, 0), np.maximum(free, 0))
    if len(places_xy) and rng.random() < on_place:
        wanted = turn @ places_xy[rng.integers(len(places_xy))] - low
        shift = np.clip(size * rng.uniform(0.2, 0.8, 2) - wanted, np.minimum(free, 0), np.maximum(free, 0))
    return np.concatenate([turn, (shift - low)[:, None]], axis=1)


def for_opencv(matrix: Float64[np.ndarray, "2 3"]) -> Float64[np.ndarray, "2 3"]:
    """Return the same map for OpenCV, for which the centre of a pixel is a whole number."""
    half = matrix[:, :2] @ np.full(2, 0.5) - 0.5
    return np.concatenate([matrix[:, :2], matrix[:, 2:] + half[:, None]], axis=1)
