"""Crisp edges: an answer on the network's grid becomes a mask at the image's resolution.

Corrective-clicks (Sec. 4.1) refines with the fast bilateral solver; the fast guided filter (K. He, J. Sun, 2015) does
the same for some milliseconds: the answer becomes a locally linear function of the image's colours.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int, UInt8

from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.methods.shared.windows import Window
from fewclicks.prompts import XYXY, Click

REACH = 2  # cells of the answer, radius of the guided filter
EPSILON = 1e-3  # its smoothness, on colours 0..1
LONGEST_GUIDE = 1024  # pixels; a larger part of the image guides at a smaller size
SLACK = 0.05  # of a box's longer side: a mask that reaches further outside the box shows that the box is loose
CRUMB = 4.0  # cells of the answer: smaller parts and holes go
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
    logits: Float32[np.ndarray, "G G"], window: Window, image: ImageSource, clicks: Sequence[Click] = ()
) -> Mask:
    """As `paste`, the probabilities guided by the image; as pasted where that would contradict a click."""
    size_hw = size_of(image)
    part = _active_part(logits, window, size_hw)
    cell = window.width / logits.shape[1]
    if part is None or cell <= 1:  # the answer is as fine as the image
        return paste(logits, window, size_hw)
    x0, y0, x1, y1 = part
    shrink = -(-max(x1 - x0, y1 - y0) // LONGEST_GUIDE)
    guide = read_region(image, part, shrink)
    coarse = (max(1, round((y1 - y0) / cell)), max(1, round((x1 - x0) / cell)))
    probability = 1 / (1 + np.exp(-np.clip(_sample(logits, window, part, coarse), -8, 8)))
    guided = _without_crumbs(_guided_filter(guide, probability), CRUMB * (cell / shrink) ** 2)
    mask = cv2.resize(guided, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR) > 0.5
    reach = round(cell)
    for click in clicks:
        x, y = int(click.x) - x0, int(click.y) - y0
        if 0 <= x < x1 - x0 and 0 <= y < y1 - y0 and mask[y, x] != click.adds:
            around = (max(x - reach, 0), max(y - reach, 0), min(x + reach + 1, x1 - x0), min(y + reach + 1, y1 - y0))
            left, top, right, bottom = around
            pasted = _sample(logits, window, (x0 + left, y0 + top, x0 + right, y0 + bottom))
            mask[top:bottom, left:right] = pasted > 0
    return Mask(mask, part[:2], size_hw).tight()


def trim_to_box(mask: Mask, box_xyxy: XYXY, clicks: Sequence[Click] = ()) -> Mask:
    """Remove the pixels outside a tight box. A box is loose if the mask reaches more than SLACK outside it, or if a
    click outside it adds.
    """
    x0, y0, x1, y1 = box_xyxy
    left, top, right, bottom = mask.xyxy
    if max(x0 - left, y0 - top, right - x1, bottom - y1) > SLACK * max(x1 - x0, y1 - y0):
        return mask
    rows, columns = _in_side(np.arange(top, bottom), y0, y1), _in_side(np.arange(left, right), x0, x1)
    added = np.array([(click.x, click.y) for click in clicks if click.adds]).reshape(-1, 2).astype(int)
    if not (_in_side(added[:, 0], x0, x1) & _in_side(added[:, 1], y0, y1)).all():
        return mask
    return Mask(mask.crop & np.outer(rows, columns), mask.offset_xy, mask.size_hw).tight()


def _in_side(pixels: Int[np.ndarray, "N"], low: float, high: float) -> Bool[np.ndarray, "N"]:
    """Whether the centres of pixels lie between two sides of a box."""
    return (pixels + 0.5 >= low) & (pixels + 0.5 < high)


def _without_crumbs(values: Float32[np.ndarray, "h w"], least: float) -> Float32[np.ndarray, "h w"]:
    """The values, with 0 in parts and 1 in holes of fewer than `least` pixels, but for the largest part: what the
    filter made of single pixels, not what the network saw.
    """
    mask = (values > 0.5).view(np.uint8)
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if hierarchy is None:
        return values
    around_hole = np.asarray(hierarchy)[0, :, 3] >= 0
    within = np.array([cv2.contourArea(each) for each in contours])
    along = np.array([len(each) for each in contours])
    pixels = within + np.where(around_hole, -along, along) / 2 + 1  # Pick's theorem; contours run along set pixels
    small = pixels < least
    small[np.where(around_hole, 0, pixels).argmax()] = False
    cleaned = mask.copy()
    for are_holes in (True, False):
        chosen = [contours[number] for number in np.flatnonzero(small & (around_hole == are_holes)).tolist()]
        cv2.drawContours(cleaned, chosen, -1, int(are_holes), cv2.FILLED)
    return np.where(cleaned == mask, values, cleaned.astype(np.float32))


def heed_clicks(
    logits: Float32[np.ndarray, "G G"],
    clicks: Sequence[Click],
    window: Window,
    rgb: UInt8[np.ndarray, "G G 3"],
) -> Float32[np.ndarray, "G G"]:
    """The logits with every click's word for what lies around it and looks like it; no click is contradicted.

    `rgb`: the pixels of the window.
    """
    size = logits.shape[0]
    heeded = logits.copy()
    if not clicks:
        return heeded
    colours = cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), 1)
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
    logits: Float32[np.ndarray, "G G"],
    window: Window,
    part: tuple[int, int, int, int],
    shape: tuple[int, int] | None = None,
) -> Float32[np.ndarray, "h w"]:
    """The logits over a part of the image, at its size or scaled to `shape` (rows, columns)."""
    x0, y0, x1, y1 = part
    rows, columns = shape or (y1 - y0, x1 - x0)
    kx, ky = logits.shape[1] / window.width, logits.shape[0] / window.height
    sx, sy = (x1 - x0) / columns, (y1 - y0) / rows
    matrix = np.array(
        [
            [kx * sx, 0, (x0 + sx / 2 - window.x0) * kx - 0.5],
            [0, ky * sy, (y0 + sy / 2 - window.y0) * ky - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(logits, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _guided_filter(guide: UInt8[np.ndarray, "h w 3"], values: Float32[np.ndarray, "y x"]) -> Float32[np.ndarray, "h w"]:
    """The values, a cell of the answer each, scaled to the guide and guided by its colours (He et al., Eq. 14 to 16).

    Coefficients are found on the grid of the values, which is what makes it fast, and scaled up.
    """

    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.blur(x, (2 * REACH + 1, 2 * REACH + 1), borderType=cv2.BORDER_REFLECT)

    small = cv2.resize(guide, values.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    mean_guide, mean_values = mean(small), mean(values)
    shared = mean(small * values[..., None]) - mean_guide * mean_values[..., None]
    slope = _divided(shared, mean(_products(small)) - _products(mean_guide))
    red, green, blue = cv2.split(cv2.multiply(slope, mean_guide))
    offset = mean(mean_values - (red + green + blue))
    size = (guide.shape[1], guide.shape[0])
    slope, offset = (cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in (mean(slope) / 255, offset))
    return cv2.transform(cv2.multiply(slope, guide, dtype=cv2.CV_32F), np.ones((1, 3), np.float32)) + offset


def _products(colours: Float32[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "h w 6"]:
    """RR, GG, BB, RG, RB, GB."""
    r, g, b = cv2.split(colours)
    return cv2.merge([r * r, g * g, b * b, r * g, r * b, g * b])


def _divided(
    shared: Float32[np.ndarray, "h w 3"], covariance: Float32[np.ndarray, "h w 6"]
) -> Float32[np.ndarray, "h w 3"]:
    """The symmetric 3 x 3 matrices of `_products` with EPSILON on their diagonal, inverted, times the vectors."""
    rr, gg, bb, rg, rb, gb = cv2.split(covariance)
    rr, gg, bb = rr + EPSILON, gg + EPSILON, bb + EPSILON
    minors = gg * bb - gb**2, rr * bb - rb**2, rr * gg - rg**2, rb * gb - rg * bb, rg * gb - rb * gg, rg * rb - gb * rr
    r, g, b = cv2.split(shared)
    found = (
        minors[0] * r + minors[3] * g + minors[4] * b,
        minors[3] * r + minors[1] * g + minors[5] * b,
        minors[4] * r + minors[5] * g + minors[2] * b,
    )
    determinant = rr * minors[0] + rg * minors[3] + rb * minors[4]
    return cv2.merge([each / determinant for each in found])
