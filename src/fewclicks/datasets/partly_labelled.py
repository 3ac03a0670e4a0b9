"""Images of which only a part is known: labelled and noisy boxes, rejected boxes, and areas that were looked over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

FEWEST_EXACT = 10  # a class with fewer exact boxes learns its coordinates from all of its boxes


def _no_boxes() -> Float64[np.ndarray, "0 5"]:
    return np.zeros((0, 5))


def _no_areas() -> Float64[np.ndarray, "0 4"]:
    return np.zeros((0, 4))


@dataclass(frozen=True, eq=False)
class PartlyLabelled:
    """What is known about image `number` of a list of images.

    Boxes are cx, cy, w, h, angle as in BoxedImage, in pixels of the image; areas are x0, y0, x1, y1.

    boxes, class_ids: objects. weights: of each box in the loss, 0 or more. noisy: predictions that nobody confirmed.
    background: boxes that a person rejected. ignored: boxes that teach neither object nor background. known: areas in
    which everything outside the boxes is background. searched: the classes of which everything elsewhere is background
    too; None: all. is_full: whether a person labelled every object of the image. exact: the boxes whose position always
    counts in the loss: drawn, corrected and noisy ones. The others are predictions that a person confirmed unchanged.
    There is an object of their class, but its edges may be slightly off.
    """

    number: int
    boxes: Float64[np.ndarray, "N 5"]
    class_ids: Int64[np.ndarray, "N"]
    weights: Float64[np.ndarray, "N"]
    noisy: Bool[np.ndarray, "N"]
    exact: Bool[np.ndarray, "N"]
    background: Float64[np.ndarray, "K 5"] = field(default_factory=_no_boxes)
    ignored: Float64[np.ndarray, "M 5"] = field(default_factory=_no_boxes)
    known: Float64[np.ndarray, "A 4"] = field(default_factory=_no_areas)
    searched: frozenset[int] | None = frozenset()
    is_full: bool = False

    @classmethod
    def full(
        cls,
        number: int,
        boxes: Float64[np.ndarray, "N 5"],
        class_ids: Int64[np.ndarray, "N"],
        ignored: Float64[np.ndarray, "M 5"],
        size_hw: tuple[int, int],
        exact: Bool[np.ndarray, "N"] | None = None,
    ) -> "PartlyLabelled":
        """Return an image of `size_hw` of which every object is labelled. exact: None means all boxes."""
        count = len(boxes)
        return cls(
            number,
            boxes,
            class_ids,
            np.ones(count),
            np.zeros(count, bool),
            np.ones(count, bool) if exact is None else exact,
            ignored=ignored,
            known=whole(size_hw),
            is_full=True,
        )

    def scaled(self, scale: float) -> "PartlyLabelled":
        """Return the same in pixels of the image read at `scale`."""
        boxes, background, ignored = (
            each * np.array([scale] * 4 + [1.0]) for each in (self.boxes, self.background, self.ignored)
        )
        return replace(self, boxes=boxes, background=background, ignored=ignored, known=self.known * scale)


def with_coordinates(images: Sequence[PartlyLabelled]) -> list[PartlyLabelled]:
    """Return the images with all boxes of a class marked as exact if it has fewer than FEWEST_EXACT exact ones."""
    counts = Counter(each for image in images for each in image.class_ids[image.exact & ~image.noisy].tolist())
    enough = np.array([class_id for class_id, count in counts.items() if count >= FEWEST_EXACT], np.int64)
    return [replace(image, exact=image.exact | ~np.isin(image.class_ids, enough)) for image in images]


def whole(size_hw: tuple[int, int]) -> Float64[np.ndarray, "1 4"]:
    """Return the area of a whole image."""
    return np.array([[0.0, 0.0, size_hw[1], size_hw[0]]])
