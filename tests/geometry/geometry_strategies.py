"""Masks, boxes and polygons as hypothesis draws them."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

sides = st.integers(1, 14)


@st.composite
def full_masks(draw: st.DrawFn, size_hw: tuple[int, int] | None = None) -> np.ndarray:
    """A mask of a whole small image: random pixels, or all, or none."""
    shape = size_hw or (draw(sides), draw(sides))
    filling = draw(st.sampled_from(["random", "all", "none"]))
    if filling == "random":
        return draw(arrays(bool, shape))
    return np.full(shape, filling == "all")


coordinates = st.floats(-5, 20, width=32).map(float)
quarters = st.integers(-20, 80).map(lambda number: number / 4)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    """A box that may be empty and may lie anywhere."""
    (x0, x1), (y0, y1) = (sorted([draw(quarters), draw(quarters)]) for _ in range(2))
    return (x0, y0, x1, y1)


@st.composite
def star_rings(draw: st.DrawFn) -> tuple[float, ...]:
    """A simple polygon: corners around a centre, in the order of their angle."""
    angles = sorted(
        draw(st.lists(st.integers(0, 62).map(lambda tenths: tenths / 10), min_size=3, max_size=9, unique=True))
    )
    cx, cy = draw(coordinates), draw(coordinates)
    radii = [draw(st.floats(0.5, 12, width=32)) for _ in angles]
    corners = [(cx + r * np.cos(a), cy + r * np.sin(a)) for a, r in zip(angles, radii, strict=True)]
    return tuple(float(value) for corner in corners for value in corner)


@st.composite
def oriented_boxes(draw: st.DrawFn) -> np.ndarray:
    """cx, cy, w, h, angle: also without width or height, at and around the angles where sides change their names."""
    border = st.sampled_from([0.0, np.pi / 4, np.pi / 2, np.pi, -np.pi / 2, 3 * np.pi])
    angles = border | st.tuples(border, st.floats(-1e-6, 1e-6)).map(sum) | st.floats(-7, 7)
    lengths = st.sampled_from([0.0, 1.0, 4.0]) | st.floats(0.01, 40)
    return np.array([draw(quarters), draw(quarters), draw(lengths), draw(lengths), draw(angles)])
