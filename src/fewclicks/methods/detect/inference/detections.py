"""What `detect` answers: boxes of all objects that it found in an image, and the templates of what was clicked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fewclicks.methods.protocol import Encoding, Method
from fewclicks.prompts import ClassClick

Templates = Mapping[int, Float32[np.ndarray, "_ _"]]
"""By class id, [K, D]: a row for each click on an object of that class (c3det, Eq. 1), of this image or of others."""


def same_templates(first: Templates, second: Templates) -> bool:
    """Whether both ask for the same classes by the same rows."""
    return first.keys() == second.keys() and all(np.array_equal(rows, second[i]) for i, rows in first.items())


@dataclass(frozen=True)
class Detections:
    """N boxes of an image, best score first.

    boxes: cx, cy, w, h in pixels of the image and an angle in radians, canonical (geometry/oriented.py); upright
    boxes have the angle 0. scores: 0..1. class_ids: those of the clicks and templates, or of the model's own classes.
    """

    boxes: Float64[np.ndarray, "N 5"]
    scores: Float64[np.ndarray, "N"]
    class_ids: Int64[np.ndarray, "N"]
    kept: Any = field(default=None, repr=False, compare=False)  # what an assist need not compute again

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, chosen: Bool[np.ndarray, "N"]) -> "Detections":
        return Detections(self.boxes[chosen], self.scores[chosen], self.class_ids[chosen])


def all_of(parts: Iterable[Detections]) -> Detections:
    """The boxes of all, part after part."""
    found = [Detections(np.zeros((0, 5)), np.zeros(0), np.zeros(0, np.int64)), *parts]
    return Detections(
        np.concatenate([each.boxes for each in found]),
        np.concatenate([each.scores for each in found]),
        np.concatenate([each.class_ids for each in found]),
    )


@runtime_checkable
class Detector(Method, Protocol):
    """A method that answers clicks with classes by boxes of all objects in the image."""

    @property
    def class_names(self) -> Mapping[int, str]:
        """The classes that it knows by their ids; none where only clicks tell."""
        ...

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        """All objects that look like what was clicked here, or like `templates` of clicks elsewhere.

        Repeatable; `previous`, an earlier answer for the same image, only saves time: what is known for clicks that
        were there before is not computed again. Raises InputError for a click outside the image.
        """
        ...

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """What objects of each class look like where they were clicked, to be found in other images."""
        ...
