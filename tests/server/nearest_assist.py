"""A small real assist for whole images: a pixel goes to the region whose middle or scribbles are nearest."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8, UInt16

from fewclicks.methods.protocol import Encoding
from fewclicks.methods.regions.inference.assist import base_history
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.methods.regions.inference.prompts import RegionPrompts, regions_of
from fewclicks.prompts import History, Scribble


@dataclass(frozen=True)
class NearestAssist:
    """Without trained weights, but with the face of `RegionsAssist`; only pixels inside a region's box are its own."""

    name: str = "regions"
    weights: str = "nearest-1"

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        return Encoding((image.shape[0], image.shape[1]), None, 1)

    def respond(
        self,
        encoding: Encoding,
        history: History,
        previous: Partition | None = None,
        base: Partition | None = None,
    ) -> Partition:
        start = base_history(base) if base is not None else ()
        regions = regions_of((*start, *history), encoding.size_hw)
        names = tuple(regions)
        labels = _nearest(regions.values(), encoding.size_hw)
        if base is not None and start:
            at_first = regions_of(start, encoding.size_hw)
            first = Partition(tuple(at_first), _nearest(at_first.values(), encoding.size_hw)).renumbered(names)
            labels = np.where(labels != first, labels, base.renumbered(names))
        for step in history:
            if isinstance(step, Scribble):
                _draw(labels, step.points_xy, names.index(step.region) + 1)
        return Partition(names, labels)


def _nearest(regions: Iterable[RegionPrompts], size_hw: tuple[int, int]) -> UInt16[np.ndarray, "H W"]:
    best = np.full(size_hw, np.inf, np.float32)
    labels = np.zeros(size_hw, np.uint16)
    for number, region in enumerate(regions, start=1):
        far = _distance(region, size_hw)
        labels[far < best] = number
        np.minimum(best, far, out=best)
    return labels


def _distance(region: RegionPrompts, size_hw: tuple[int, int]) -> Float32[np.ndarray, "H W"]:
    x0, y0, x1, y1 = region.xyxy
    drawn = np.ones(size_hw, np.uint8)
    for stroke in (*region.scribbles, (((x0 + x1) / 2, (y0 + y1) / 2),)):
        _draw(drawn, stroke, 0)
    inside = np.full(size_hw, np.inf, np.float32)
    inside[round(y0) : round(y1), round(x0) : round(x1)] = 0
    return cv2.distanceTransform(drawn, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) + inside


def _draw(labels: np.ndarray, points: tuple[tuple[float, float], ...], number: int) -> None:
    cells = np.floor(np.array((*points, points[-1]))).astype(np.int32)  # a point alone would draw nothing
    cv2.polylines(labels, [cells], False, number, 1)
