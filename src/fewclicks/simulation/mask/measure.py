"""How good a mask is: IoU (Mask.iou), and the boundary F-measure of corrective-clicks, Sec. 5.3."""

import cv2
import numpy as np
from jaxtyping import UInt8

from fewclicks.geometry.masks import Mask

TOLERANCE_PX = 5


def boundary_f(mask: Mask, truth: Mask, tolerance: int = TOLERANCE_PX) -> float:
    """Harmonic mean of boundary precision and recall, matched within `tolerance` pixels; 1 for two empty masks."""
    if mask.area == 0 or truth.area == 0:
        return float(mask.area == truth.area)
    a, b = mask.xyxy, truth.xyxy
    x0, y0 = min(a[0], b[0]), min(a[1], b[1])
    size = (max(a[3], b[3]) - y0, max(a[2], b[2]) - x0)
    found, wanted = (_border(_place(m, (x0, y0), size)) for m in (mask, truth))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * tolerance + 1, 2 * tolerance + 1))
    near_wanted, near_found = (cv2.dilate(_pad(m, tolerance), disk) for m in (wanted, found))
    precision = (near_wanted & _pad(found, tolerance)).sum() / found.sum()
    recall = (near_found & _pad(wanted, tolerance)).sum() / wanted.sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _place(mask: Mask, origin_xy: tuple[int, int], size_hw: tuple[int, int]) -> np.ndarray:
    out = np.zeros(size_hw, np.uint8)
    x, y = mask.offset_xy[0] - origin_xy[0], mask.offset_xy[1] - origin_xy[1]
    out[y : y + mask.crop.shape[0], x : x + mask.crop.shape[1]] = mask.crop
    return out


def _pad(cells: np.ndarray, by: int) -> np.ndarray:
    return np.pad(cells, by)


def _border(cells: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
    inner = cv2.erode(np.pad(cells, 1), np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    return cells - inner
