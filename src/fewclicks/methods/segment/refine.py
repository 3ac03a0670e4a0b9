"""Crisp edges: an answer on the network's grid becomes a mask at the image's resolution.

Corrective-clicks (Sec. 4.1) refines with the fast bilateral solver; a guided filter (He et al. 2010) does the
same for a few milliseconds: the answer becomes a locally linear function of the image's grey values.
"""

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from fewclicks.geometry.masks import Mask
from fewclicks.interactions import Click
from fewclicks.methods.pixels import Pixels, read_region, size_of
from fewclicks.methods.windows import Window

Edges = Literal["plain", "guided"]
CERTAIN = 1.0  # logit that a clicked cell has at least
HEED_SIGMA = 3.0  # cells around a contradicted click that follow it
WORD = 2.0  # logits that a click adds where it lies
WORD_SIGMA = 8.0  # cells around a click that its word reaches
COLOUR_SIGMA = 30.0  # of 255, how different in colour they may be


def paste(logits: Float32[np.ndarray, "G G"], window: Window, size_hw: tuple[int, int]) -> Mask:
    """Scale logits over `window` to the image by bilinear interpolation and cut at 0."""
    part = _active_part(logits, window, size_hw)
    if part is None:
        return Mask.empty(size_hw)
    return Mask(_sample(logits, window, part) > 0, part[:2], size_hw).tight()


def paste_guided(
    logits: Float32[np.ndarray, "G G"],
    window: Window,
    image: Pixels,
    radius: int = 8,
    epsilon: float = 1e-4,
) -> Mask:
    """As `paste`, the probabilities guided by the image within `radius` pixels; `epsilon` on grey values 0..1."""
    size_hw = size_of(image)
    part = _active_part(logits, window, size_hw)
    if part is None:
        return Mask.empty(size_hw)
    probability = 1 / (1 + np.exp(-np.clip(_sample(logits, window, part), -8, 8)))
    guide = cv2.cvtColor(read_region(image, part), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return Mask(_guided_filter(guide, probability, radius, epsilon) > 0.5, part[:2], size_hw).tight()


def heed_clicks(
    logits: Float32[np.ndarray, "G G"],
    clicks: Sequence[Click],
    window: Window,
    rgb: UInt8[np.ndarray, "S S 3"],
) -> Float32[np.ndarray, "G G"]:
    """The logits with every click's word for what lies around it and looks like it; no click is contradicted.

    `rgb`: the pixels of the window, at any size.
    """
    size = logits.shape[0]
    heeded = logits.copy()
    if not clicks:
        return heeded
    cells = cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)
    colours = cv2.GaussianBlur(cells.astype(np.float32), (0, 0), 1)
    places = window.to_map(np.array([(click.x, click.y) for click in clicks]), size)
    signs = [1 if click.adds else -1 for click in clicks]
    for (x, y), sign in zip(places.tolist(), signs, strict=True):
        _speak(heeded, x, y, sign, colours)
    for (x, y), sign in zip(places.tolist(), signs, strict=True):
        _insist(heeded, x, y, sign)
    return heeded


def _speak(
    logits: Float32[np.ndarray, "G G"], x: float, y: float, sign: int, colours: Float32[np.ndarray, "G G 3"]
) -> None:
    """Raise (or lower) the logits of cells near a click, the more the more their colour is the clicked one."""
    size, reach = logits.shape[0], int(3 * WORD_SIGMA)
    row, column = min(max(int(y), 0), size - 1), min(max(int(x), 0), size - 1)
    y0, x0 = max(row - reach, 0), max(column - reach, 0)
    here = np.s_[y0 : row + reach + 1, x0 : column + reach + 1]
    unlike = colours[here] - colours[row, column]
    across = (np.arange(unlike.shape[1], dtype=np.float32) + (x0 + 0.5 - x)) ** 2
    down = (np.arange(unlike.shape[0], dtype=np.float32) + (y0 + 0.5 - y)) ** 2
    exponent = np.einsum("yxc,yxc->yx", unlike, unlike) / np.float32(-2 * COLOUR_SIGMA**2)
    exponent -= (across + down[:, None]) / np.float32(2 * WORD_SIGMA**2)
    logits[here] += np.float32(sign * WORD) * np.exp(exponent, out=exponent)


def _insist(logits: Float32[np.ndarray, "G G"], x: float, y: float, sign: int) -> None:
    """If the cells at a click still contradict it, move them and what is around to its side."""
    size = logits.shape[0]
    row, column = min(max(int(y), 1), size - 2), min(max(int(x), 1), size - 2)
    missing = CERTAIN - (sign * logits[row - 1 : row + 2, column - 1 : column + 2]).min()
    if missing > 0:
        cells = np.arange(size, dtype=np.float32) + 0.5
        across, down = (np.exp(-((cells - centre) ** 2) / (2 * HEED_SIGMA**2)) for centre in (x, y))
        logits += np.float32(sign * missing) * np.outer(down, across).astype(np.float32)


def _active_part(
    logits: Float32[np.ndarray, "G G"], window: Window, size_hw: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """The pixels x0, y0, x1, y1 of the image that the positive cells, one cell around them, can reach."""
    positive = logits > 0
    ys, xs = np.flatnonzero(positive.any(1)), np.flatnonzero(positive.any(0))
    if ys.size == 0:
        return None
    sy, sx = window.height / logits.shape[0], window.width / logits.shape[1]
    x0 = max(int(window.x0 + (xs[0] - 1) * sx), window.x0, 0)
    y0 = max(int(window.y0 + (ys[0] - 1) * sy), window.y0, 0)
    x1 = min(int(np.ceil(window.x0 + (xs[-1] + 2) * sx)), window.x0 + window.width, size_hw[1])
    y1 = min(int(np.ceil(window.y0 + (ys[-1] + 2) * sy)), window.y0 + window.height, size_hw[0])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _sample(
    logits: Float32[np.ndarray, "G G"], window: Window, part: tuple[int, int, int, int]
) -> Float32[np.ndarray, "h w"]:
    x0, y0, x1, y1 = part
    kx, ky = logits.shape[1] / window.width, logits.shape[0] / window.height
    matrix = np.array(
        [[kx, 0, (x0 + 0.5 - window.x0) * kx - 0.5], [0, ky, (y0 + 0.5 - window.y0) * ky - 0.5]], np.float64
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(logits, matrix, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _guided_filter(
    guide: Float32[np.ndarray, "h w"], values: Float32[np.ndarray, "h w"], radius: int, epsilon: float
) -> Float32[np.ndarray, "h w"]:
    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.blur(x, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    mean_guide, mean_values = mean(guide), mean(values)
    slope = (mean(guide * values) - mean_guide * mean_values) / (mean(guide * guide) - mean_guide**2 + epsilon)
    return mean(slope) * guide + mean(mean_values - slope * mean_guide)
