"""The objects of a data set that a simulated annotator segments."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from fewclicks.datasets.masked_images import MaskedImage, read_source
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask

Objects = list[tuple[MaskedImage, tuple[Mask, ...]]]
"""Images with the masks to be segmented."""


@dataclass(frozen=True, kw_only=True)
class EnlargedImage(MaskedImage):
    """An image `times` as large as its file, as if it came from a larger camera; its masks are that large already."""

    original: MaskedImage
    times: int

    @classmethod
    def of(cls, original: MaskedImage, times: int) -> "EnlargedImage":
        masks = tuple(
            Mask.from_full(_enlarged(mask.full().astype(np.float32), times, cv2.INTER_LINEAR) > 0.5)
            for mask in original.masks
        )
        return cls(path=original.path, masks=masks, original=original, times=times)

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        return _enlarged(self.original.pixels(), self.times, cv2.INTER_CUBIC)


def _enlarged(array: np.ndarray, times: int, how: int) -> np.ndarray:
    return cv2.resize(array, None, fx=times, fy=times, interpolation=how)


def read_objects(data: Path, limit: int | None = None, enlarge: int = 1) -> Objects:
    """Images, `enlarge` times as large as their files, with at most `limit` masks in all. Raises InputError."""
    chosen, left = [], limit if limit is not None else 10**9
    for image in read_source(str(data), smallest_area=1).images:
        if left <= 0:
            break
        shown = EnlargedImage.of(image, enlarge) if enlarge > 1 else image
        chosen.append((shown, shown.masks[:left]))
        left -= len(image.masks)
    if not chosen:
        raise InputError("no masks; choose data with masks", data)
    return chosen
