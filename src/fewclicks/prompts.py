"""Prompts of a person to a model, in rounds, and examples from other images.

Coordinates are image pixels (docs/conventions.md). A prompt may name its target annotation and its class. Undo means
fewer prompts: a complete answer depends on the image and the prompts alone.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32

from fewclicks.geometry.masks import Mask

XYXY = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Click:
    """A click on the target (`adds`), or on something that does not belong to it."""

    kind: ClassVar[str] = "click"
    x: float
    y: float
    adds: bool
    target: str = ""


@dataclass(frozen=True, slots=True)
class BoxPrompt:
    """A box around the target, xyxy in pixels, x0 < x1 and y0 < y1. As an example of a class it names the class."""

    kind: ClassVar[str] = "box"
    x0: float
    y0: float
    x1: float
    y1: float
    target: str = ""
    class_id: int | None = None

    @property
    def xyxy(self) -> XYXY:
        return (self.x0, self.y0, self.x1, self.y1)


@dataclass(frozen=True, slots=True)
class ExtremePoints:
    """The top-, left-, bottom- and right-most points of the target, in any order, ((x, y), ...)."""

    kind: ClassVar[str] = "extreme_points"
    points_xy: tuple[tuple[float, float], ...]
    target: str = ""

    @property
    def xyxy(self) -> XYXY:
        xs, ys = zip(*self.points_xy, strict=True)
        return (min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True, slots=True)
class Scribble:
    """A stroke over pixels of the target: one point or more, ((x, y), ...), in the order drawn."""

    kind: ClassVar[str] = "scribble"
    points_xy: tuple[tuple[float, float], ...]
    target: str


@dataclass(frozen=True, slots=True)
class MaskPrompt:
    """The target's mask so far: drawn by hand, imported, or another model's answer. The answer starts from it."""

    kind: ClassVar[str] = "mask"
    mask: Mask
    target: str = ""


@dataclass(frozen=True, slots=True)
class AnotherMask:
    """Asks for another mask of the same prompts: a click may mean a part, an object or a group. A round of its own.

    Each such round turns to the next best mask; after the last one follows the best one again.
    """

    kind: ClassVar[str] = "another_mask"
    target: str = ""


@dataclass(frozen=True, slots=True)
class ClassClick:
    """A click on an object of a class (c3det, Sec. 4.1: u_k). The model answers for the whole image."""

    kind: ClassVar[str] = "class_click"
    x: float
    y: float
    class_id: int


@dataclass(frozen=True, slots=True)
class PointPrompt:
    """A person's point on an object of a class, anywhere on it. `target` names its annotation, if it has one."""

    kind: ClassVar[str] = "point"
    x: float
    y: float
    class_id: int
    target: str = ""


Prompt = Click | BoxPrompt | ExtremePoints | Scribble | MaskPrompt | AnotherMask | ClassClick | PointPrompt


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """An object of `class_id` that was prompted in another image.

    arrays: private to the model. version: the model version that made them, the only one that can use them.
    """

    class_id: int
    version: str
    arrays: tuple[Float32[np.ndarray, "..."], ...]

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays)


@dataclass(frozen=True, slots=True)
class Prompts:
    """All prompts of a request: rounds in order, and examples from other images.

    A round contains the prompts between two answers. Rounds may be empty for models that answer without prompts.
    """

    rounds: tuple[tuple[Prompt, ...], ...] = ()
    examples: tuple[Example, ...] = ()

    @classmethod
    def of(cls, *prompts: Prompt) -> "Prompts":
        """Return one round of `prompts`."""
        return cls((prompts,))

    @property
    def all(self) -> tuple[Prompt, ...]:
        """The prompts of all rounds, in order."""
        return tuple(prompt for prompts in self.rounds for prompt in prompts)

    def then(self, *prompts: Prompt) -> "Prompts":
        """Return these prompts with one more round."""
        return Prompts((*self.rounds, prompts), self.examples)
