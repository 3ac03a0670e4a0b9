"""What was clicked elsewhere in the project, as templates: kept in memory, made again from the clicks when missing."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from fewclicks.cache import BoundedCache
from fewclicks.errors import FewclicksError
from fewclicks.methods.detect.inference.detections import Detector, Templates
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick
from fewclicks.store.snapshots import Json

FEWEST_CLICKS = 2  # of a class in the project, before it is looked for everywhere
ENOUGH_CLICKS = 20  # of a class: more make answers slower, hardly better
MOST_IMAGES = 20  # to be read again when nothing of them is kept
MOST_SAID = 1000  # problems of images that are remembered, not to be said again
log = logging.getLogger("fewclicks")


@dataclass(frozen=True)
class Made:
    """The templates of an image, and the clicks that they were made of."""

    clicks: tuple[ClassClick, ...]
    templates: Templates

    @property
    def nbytes(self) -> int:
        return sum(rows.nbytes for rows in self.templates.values())


Examples = BoundedCache[tuple[int, str], Made]


def class_clicks(clicks: Sequence[Json], classes: Collection[int]) -> tuple[ClassClick, ...]:
    """The stored clicks of `classes`."""
    return tuple(ClassClick(each["x"], each["y"], each["class_id"]) for each in clicks if each["class_id"] in classes)


def templates_elsewhere(
    detector: Detector,
    here: Sequence[ClassClick],
    elsewhere: Mapping[int, tuple[ClassClick, ...]],
    encode: Callable[[int], Encoding],
    kept: Examples,
) -> Templates:
    """The templates of what was clicked in other images, by class.

    `elsewhere` are clicks by image, first those to be preferred. A class counts once it has FEWEST_CLICKS clicks,
    `here` or there, and then with at most ENOUGH_CLICKS, of at most MOST_IMAGES images in all. An image that cannot be
    read is left out.
    """
    counts = Counter(click.class_id for clicks in (here, *elsewhere.values()) for click in clicks)
    wanted = [class_id for class_id, count in counts.items() if count >= FEWEST_CLICKS]
    rows: dict[int, list[np.ndarray]] = {}
    for image_id in _chosen(elsewhere, wanted):
        for class_id, found in _of_image(detector, image_id, elsewhere[image_id], encode, kept).items():
            if class_id in wanted:
                rows.setdefault(class_id, []).append(found)
    return {class_id: np.concatenate(found)[:ENOUGH_CLICKS] for class_id, found in rows.items()}


def made_ahead(
    detector: Detector,
    elsewhere: Mapping[int, tuple[ClassClick, ...]],
    encode: Callable[[int], Encoding],
    kept: Examples,
) -> list[Callable[[], object]]:
    """What makes the templates that a click will want and that are missing, image by image."""
    classes = sorted({click.class_id for clicks in elsewhere.values() for click in clicks})
    return [
        partial(_of_image, detector, image_id, elsewhere[image_id], encode, kept)
        for image_id in _chosen(elsewhere, classes)
        if _known(detector, image_id, elsewhere[image_id], kept) is None
    ]


def _chosen(elsewhere: Mapping[int, tuple[ClassClick, ...]], wanted: Sequence[int]) -> list[int]:
    """The first images of every class, the classes in turn, until each has enough clicks or there are MOST_IMAGES."""
    images = {
        class_id: [image_id for image_id, clicks in elsewhere.items() if any(c.class_id == class_id for c in clicks)]
        for class_id in wanted
    }
    chosen: list[int] = []
    clicked: Counter[int] = Counter()
    while images and len(chosen) < MOST_IMAGES:
        for class_id in list(images):
            left = [image_id for image_id in images[class_id] if image_id not in chosen]
            if not left or clicked[class_id] >= ENOUGH_CLICKS:
                del images[class_id]
            elif len(chosen) < MOST_IMAGES:
                chosen.append(left[0])
                clicked.update(click.class_id for click in elsewhere[left[0]])
    return chosen


def _of_image(
    detector: Detector,
    image_id: int,
    clicks: tuple[ClassClick, ...],
    encode: Callable[[int], Encoding],
    kept: Examples,
) -> Templates:
    made = _known(detector, image_id, clicks, kept)
    if made is None:
        try:
            made = Made(clicks, detector.templates(encode(image_id), clicks))
        except FewclicksError as error:
            _say(image_id, str(error))
            return {}
        kept.put((image_id, detector.weights), made, made.nbytes)
    return made.templates


@lru_cache(MOST_SAID)
def _say(image_id: int, problem: str) -> None:
    """Once: every answer in other images meets the image again."""
    log.warning("no examples from image %d: %s", image_id, problem)


def _known(detector: Detector, image_id: int, clicks: tuple[ClassClick, ...], kept: Examples) -> Made | None:
    made = kept.get((image_id, detector.weights))
    return made if made is not None and made.clicks == clicks else None
