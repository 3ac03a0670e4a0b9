"""What a person did to get an answer: prompts, in order, and nothing that a model said.

A `History` is everything a person gave for one object, or for all regions of an image. Undo drops its last element.
`ClassClick`s are about all objects of an image, and have a history of their own.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Click:
    """A corrective click: `adds` means "this belongs to the object", otherwise "this does not"."""

    x: float
    y: float
    adds: bool
    round: int = 0


@dataclass(frozen=True, slots=True)
class BoxPrompt:
    """A box around the object, xyxy in pixels, x0 < x1 and y0 < y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.x0, self.y0, self.x1, self.y1)


@dataclass(frozen=True, slots=True)
class ExtremePoints:
    """The top-, left-, bottom- and right-most points of an object, in any order, ((x, y), ...).

    `region` names the object where several are answered together (`regions`).
    """

    points_xy: tuple[tuple[float, float], ...]
    region: str = ""

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        xs, ys = zip(*self.points_xy, strict=True)
        return (min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True, slots=True)
class Scribble:
    """A stroke over pixels that belong to `region`: one point or more, ((x, y), ...), in the order drawn."""

    points_xy: tuple[tuple[float, float], ...]
    region: str


@dataclass(frozen=True, slots=True)
class ClassClick:
    """A click on an object that says its class (c3det, Sec. 4.1: u_k)."""

    x: float
    y: float
    class_id: int


Interaction = Click | BoxPrompt | ExtremePoints | Scribble
History = tuple[Interaction, ...]
