"""Boxes, images and a learner for tests of `ask`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.pool import Pool
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.datasets.partly_labelled import PartlyLabelled

SIZE = (100, 100)


def squares(*places: tuple[float, float], side: float = 10.0) -> np.ndarray:
    """Upright squares around these centres."""
    return np.array([(x, y, side, side, 0.0) for x, y in places]).reshape(-1, 5)


def image_of(*places: tuple[float, float], class_ids: Sequence[int] | None = None, name: str = "a.png") -> BoxedImage:
    ids = [1] * len(places) if class_ids is None else class_ids
    return BoxedImage(Path(name), SIZE, squares(*places), np.array(ids, np.int64))


def pool_at(
    scores: Sequence[float],
    images: Sequence[int] | None = None,
    class_ids: Sequence[int] | None = None,
    features: np.ndarray | None = None,
) -> Pool:
    """Boxes in a row with these confidences, of classes 1 and 2."""
    count = len(scores)
    ids = np.array([1] * count if class_ids is None else class_ids, np.int64)
    probabilities = np.zeros((count, 2))
    probabilities[np.arange(count), ids - 1] = scores
    return Pool(
        np.array([0] * count if images is None else images, np.int64),
        squares(*((20.0 * index, 50.0) for index in range(count))),
        ids,
        probabilities,
        np.zeros((count, 0), np.float32) if features is None else features.astype(np.float32),
    )


@dataclass
class Found:
    """What a fake model finds: the objects, each `off` pixels to the right, and one box without an object."""

    images: Sequence[BoxedImage]
    off: float = 0.0
    score: float = 0.8
    background: bool = True

    def answer(self, number: int, lowest_score: float) -> BoxesAnswer:
        image = self.images[number]
        boxes = image.boxes + np.array([self.off, 0, 0, 0, 0])
        class_ids = image.class_ids
        if self.background:
            boxes = np.concatenate([boxes, squares((95.0, 95.0))])
            class_ids = np.append(class_ids, 1)
        scores = np.full(len(boxes), self.score)
        probabilities = (class_ids[:, None] == np.array([1, 2])) * scores[:, None]
        answer = BoxesAnswer(boxes, scores, class_ids, probabilities, (1, 2), features=boxes[:, :2].astype(np.float32))
        return answer.where(scores >= lowest_score)


@dataclass
class FakeLearner:
    """Returns one model, whatever it learns, and keeps what it was to learn."""

    found: Found
    lessons: list[Sequence[PartlyLabelled]] = field(default_factory=list)
    starts: list[Found | None] = field(default_factory=list)

    @property
    def class_ids(self) -> Sequence[int]:
        return (1, 2)

    def learn(self, images: Sequence[PartlyLabelled], seed: int, start: Found | None = None) -> Found:
        self.lessons.append(images)
        self.starts.append(start)
        return self.found

    def image_feature(self, number: int) -> np.ndarray:
        return np.array([number, 0], np.float32)
