"""What a person has said about an image, and what a detector may learn from it (box-active-learning, Sec. 3.2)."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fewclicks.ask.areas import in_areas
from fewclicks.ask.pool import Pool
from fewclicks.datasets.partly_labelled import PartlyLabelled, whole


def _none() -> Float64[np.ndarray, "0 5"]:
    return np.zeros((0, 5))


def _no_classes() -> Int64[np.ndarray, "0"]:
    return np.zeros(0, np.int64)


def _no_flags() -> Bool[np.ndarray, "0"]:
    return np.zeros(0, bool)


def _no_areas() -> Float64[np.ndarray, "0 4"]:
    return np.zeros((0, 4))


@dataclass(frozen=True, slots=True, eq=False)
class ImageState:
    """The answers about image `number` of `size_hw`.

    boxes, class_ids: labelled objects. exact: whether a person drew or corrected the box, or confirmed it as
    predicted. background: boxes that were rejected. areas: x0, y0, x1, y1, looked over: there
    is nothing else in them. is_full: the whole image was looked over.
    """

    number: int
    size_hw: tuple[int, int]
    boxes: Float64[np.ndarray, "N 5"] = field(default_factory=_none)
    class_ids: Int64[np.ndarray, "N"] = field(default_factory=_no_classes)
    exact: Bool[np.ndarray, "N"] = field(default_factory=_no_flags)
    background: Float64[np.ndarray, "K 5"] = field(default_factory=_none)
    areas: Float64[np.ndarray, "A 4"] = field(default_factory=_no_areas)
    is_full: bool = False

    @property
    def judged(self) -> Float64[np.ndarray, "_ 5"]:
        """The boxes that were labelled or rejected."""
        return np.concatenate([self.boxes, self.background])

    def in_areas(self, boxes: Float64[np.ndarray, "M 5"]) -> Bool[np.ndarray, "M"]:
        """Return which boxes have their centre in an area that was looked over."""
        return in_areas(boxes, self.areas)

    def with_object(self, box: Float64[np.ndarray, "5"], class_id: int, exact: bool = True) -> "ImageState":
        """Return the state with one more labelled object."""
        boxes, class_ids = np.concatenate([self.boxes, box[None]]), np.append(self.class_ids, class_id)
        return replace(self, boxes=boxes, class_ids=class_ids, exact=np.append(self.exact, exact))

    def with_background(self, box: Float64[np.ndarray, "5"]) -> "ImageState":
        """Return the state with one more rejected box."""
        return replace(self, background=np.concatenate([self.background, box[None]]))

    def looked_over(self, area: Float64[np.ndarray, "4"]) -> "ImageState":
        """Return the state after a person has seen that an area contains nothing but the labelled objects."""
        return replace(self, areas=np.concatenate([self.areas, area[None]]))

    def completed(self) -> "ImageState":
        """Return the state after a person has labelled every object of the image."""
        return replace(self, is_full=True, areas=whole(self.size_hw))


@dataclass(frozen=True, slots=True)
class Teaching:
    """What a detector learns from boxes and pixels that nobody has judged.

    lambda_d: the weight of noisy boxes (Eq. 3). pseudo: the lowest confidence of a noisy box; the pixels of less
    confident predictions teach nothing; with 1 there are no noisy boxes, in the paper it is 0. ignore_unjudged: all
    pixels that nobody has judged teach nothing; in the paper they are background. tolerant: boxes that were confirmed
    as predicted teach where objects are only if a prediction contradicts them. In the paper, they teach like all
    others.
    """

    lambda_d: float = 0.5
    pseudo: float = 1.0
    ignore_unjudged: bool = False
    tolerant: bool = True


def teach(
    state: ImageState,
    candidates: Pool,
    ignored: Float64[np.ndarray, "M 5"],
    teaching: Teaching,
    searched: frozenset[int] | None = None,
) -> PartlyLabelled:
    """Return what a detector learns from an image.

    candidates: the predictions in this image that nobody has judged; they stay eligible for questions. searched: the
    classes that were predicted; None: all. Objects of other classes may be anywhere. ignored: boxes of the data that
    count neither as objects nor as background. In a full image there are no noisy boxes, and neither are there in an
    area that was looked over.
    """
    exact = state.exact | (not teaching.tolerant)
    if state.is_full:
        return PartlyLabelled.full(state.number, state.boxes, state.class_ids, ignored, state.size_hw, exact)
    candidates = candidates.where(~state.in_areas(candidates.boxes))
    is_noisy = (candidates.scores >= teaching.pseudo) & (teaching.pseudo < 1)
    noisy, doubtful = candidates.where(is_noisy), candidates.where(~is_noisy)
    return PartlyLabelled(
        state.number,
        np.concatenate([state.boxes, noisy.boxes]),
        np.concatenate([state.class_ids, noisy.class_ids]),
        np.concatenate([np.ones(len(state.boxes)), np.full(len(noisy), teaching.lambda_d)]),
        np.arange(len(state.boxes) + len(noisy)) >= len(state.boxes),
        np.concatenate([exact, np.ones(len(noisy), bool)]),
        state.background,
        np.concatenate([ignored, doubtful.boxes]),
        state.areas,
        frozenset() if teaching.ignore_unjudged else searched,
    )
