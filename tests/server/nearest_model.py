"""A small real model of the task `partition`: a pixel goes to the region whose centre or scribbles are nearest."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt16

from fewclicks.answers import PartitionAnswer
from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.regions.inference.region_prompts import RegionPrompts, masks_and_rest, sort_by_region
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import ExtremePoints, Prompts, Scribble

NearestResponse = Response[PartitionAnswer, None]


@dataclass(frozen=True)
class NearestModel(Model[None, PartitionAnswer, None]):
    """Without trained weights; only pixels inside a region's box are its own."""

    role: str = "regions"
    version: str = "nearest-1"

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(self.role, self.role, self.version)

    def encode(self, image: ImageSource) -> Encoding[None]:
        return Encoding(size_of(image), None, 1)

    def respond(
        self,
        encoding: Encoding[None],
        prompts: Prompts,
        previous: NearestResponse | None = None,
        options: Options = COMPLETE,
    ) -> NearestResponse:
        masks, others = masks_and_rest(prompts.all)
        start = [ExtremePoints(each.mask.extreme_points(), each.target) for each in masks if each.mask.area]
        regions = sort_by_region((*start, *others), encoding.size_hw)
        names = tuple(regions)
        labels = _nearest(regions.values(), encoding.size_hw)
        if start:
            at_first = sort_by_region(start, encoding.size_hw)
            first = PartitionAnswer(tuple(at_first), _nearest(at_first.values(), encoding.size_hw)).renumbered(names)
            base = PartitionAnswer.of_masks({each.target: each.mask for each in masks}, encoding.size_hw)
            labels = np.where(labels != first, labels, base.renumbered(names))
        for prompt in others:
            if isinstance(prompt, Scribble):
                _draw(labels, prompt.points_xy, names.index(prompt.target) + 1)
        return Response(PartitionAnswer(names, labels, dict.fromkeys(names[:1], 0.75)), nbytes=labels.nbytes)


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
