"""A simulated person who knows all objects: starts, and answers questions at the three levels."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.assist import Verified
from fewclicks.ask.costs import Kind
from fewclicks.ask.oracle import judge
from fewclicks.ask.pool import SAME_IOU
from fewclicks.ask.state import ImageState
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.geometry import oriented
from fewclicks.prompts import ClassClick

Answered = tuple[ImageState, list[Kind]]
"""The state after answers, and what each of them was."""


def is_judged(state: ImageState, box: Float64[np.ndarray, "5"]) -> bool:
    """Return whether a box is of an object or place that was judged before, or in an area that was looked over."""
    return bool(state.in_areas(box[None])[0]) or bool(
        (oriented.pairwise_iou(box[None], state.judged) >= SAME_IOU).any()
    )


def _is_labelled(state: ImageState, box: Float64[np.ndarray, "5"]) -> bool:
    return bool((oriented.pairwise_iou(box[None], state.boxes) >= SAME_IOU).any())


def answer_box(state: ImageState, image: BoxedImage, box: Float64[np.ndarray, "5"], class_id: int) -> Answered:
    """Return the answer about one box (oracle.py). A second box of a labelled object is background."""
    verdict = judge(box, class_id, image.boxes, image.class_ids)
    if verdict.kind == "background" or _is_labelled(state, verdict.box):
        return state.with_background(box), ["background"]
    return state.with_object(verdict.box, verdict.class_id, verdict.kind != "right"), [verdict.kind]


def draw_image(state: ImageState, image: BoxedImage) -> Answered:
    """Return the state after all objects that are not labelled yet were drawn by hand."""
    kinds: list[Kind] = ["look"]
    for index in _missing(state, image).tolist():
        state = state.with_object(image.boxes[index], int(image.class_ids[index]))
        kinds.append("drawn")
    return state.completed(), kinds


def look_over(state: ImageState, image: BoxedImage, area: Float64[np.ndarray, "4"]) -> Answered:
    """Return the state after all objects that reach into an area were drawn, unless they are labelled."""
    kinds: list[Kind] = ["look"]
    around = oriented.enclosing(image.boxes)
    reach = (around[:, :2] < area[2:]) & (around[:, 2:] > area[:2])
    for index in np.intersect1d(_missing(state, image), np.flatnonzero(reach.all(1))).tolist():
        state = state.with_object(image.boxes[index], int(image.class_ids[index]))
        kinds.append("drawn")
    return state.looked_over(area), kinds


def verify(state: ImageState, image: BoxedImage, suggestions: BoxesAnswer) -> tuple[ImageState, list[Verified]]:
    """Return the state after each suggestion was verified or corrected, and what each of them was.

    Those of an object or place that was judged before are passed over.
    """
    verified: list[Verified] = []
    rows = zip(suggestions.boxes, suggestions.class_ids.tolist(), suggestions.scores.tolist(), strict=True)
    for box, class_id, score in rows:
        if not is_judged(state, box):
            state, (kind,) = answer_box(state, image, box, class_id)
            verified.append(Verified(class_id, score, kind))
    return state, verified


def verify_image(state: ImageState, image: BoxedImage, suggestions: BoxesAnswer) -> Answered:
    """Return the state after each suggestion was verified or corrected, and the missing objects were drawn."""
    state, verified = verify(state, image, suggestions)
    state, drawn = draw_image(state, image)
    return state, [*(each.kind for each in verified), *drawn]


def starting_clicks(
    images: tuple[BoxedImage, ...], per_class: int, rng: np.random.Generator
) -> dict[int, tuple[ClassClick, ...]]:
    """Return clicks by image number: on the centres of random objects, `per_class` on each class that has so many."""
    clicks: dict[int, tuple[ClassClick, ...]] = {}
    for class_id in np.unique(np.concatenate([image.class_ids for image in images])).tolist():
        places = list(_objects_of(images, class_id))
        for index in rng.permutation(len(places))[:per_class].tolist():
            number, x, y = places[index]
            clicks[number] = (*clicks.get(number, ()), ClassClick(x, y, class_id))
    return clicks


def _objects_of(images: tuple[BoxedImage, ...], class_id: int) -> Iterator[tuple[int, float, float]]:
    for number, image in enumerate(images):
        for x, y in image.boxes[image.class_ids == class_id, :2].tolist():
            yield number, x, y


def _missing(state: ImageState, image: BoxedImage) -> Int64[np.ndarray, "K"]:
    """Return the indices of the objects that no labelled box covers: each labelled box covers one object."""
    overlaps = oriented.pairwise_iou(image.boxes, state.boxes)
    missing = np.ones(len(image.boxes), bool)
    for column in range(len(state.boxes)):
        best = int(np.where(missing, overlaps[:, column], -1.0).argmax()) if missing.any() else 0
        if overlaps[best, column] >= SAME_IOU:
            missing[best] = False
    return np.flatnonzero(missing)
