"""The prompts for one object, sorted by kind, for models that answer with its mask."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.prompts import XYXY, BoxPrompt, Click, ExtremePoints, Prompt

Round = tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class ObjectPrompts:
    """The box of an object, if one was given, and the clicks, in the order of their rounds.

    box_xyxy: the latest box or the box of the latest extreme points, clipped to the image. latest: the clicks of the
    last round. click_rounds: the number of rounds with clicks. turns: how many requests for another mask follow them.
    """

    box_xyxy: XYXY | None
    clicks: tuple[Click, ...]
    latest: tuple[Click, ...] = ()
    click_rounds: int = 0
    turns: int = 0

    @classmethod
    def of(cls, rounds: Sequence[Round], size_hw: tuple[int, int], correcting: bool = False) -> "ObjectPrompts":
        """Sort `rounds`. With `correcting` there is a mask to correct, so that the first click may remove.

        Raises InputError without prompts, and for prompts outside the image.
        """
        prompts = [prompt for given in rounds for prompt in given]
        boxes = [prompt for prompt in prompts if isinstance(prompt, BoxPrompt | ExtremePoints)]
        clicks = [_clicks(given) for given in rounds]
        every = tuple(click for given in clicks for click in given)
        if not prompts:
            raise InputError("expected a box, four extreme points or a click, got nothing")
        for click in every:
            if not (0 <= click.x <= size_hw[1] and 0 <= click.y <= size_hw[0]):
                raise InputError(
                    f"the click at ({click.x:g}, {click.y:g}) is outside the {_size(size_hw)} image; move it inside"
                )
        if not correcting and not boxes and not any(click.adds for click in every):
            raise InputError(
                "the object has no box or click yet; draw a box or click on the object before you remove parts of it"
            )
        box = _clipped(boxes[-1].xyxy, size_hw) if boxes else None
        return cls(box, every, clicks[-1], sum(bool(given) for given in clicks))

    def is_first_click(self, before: Mask | None) -> bool:
        """Return whether a single click is all there is; `before`: the mask before it."""
        return self.box_xyxy is None and len(self.clicks) == 1 and (before is None or before.area == 0)

    def first_mask(self, size_hw: tuple[int, int]) -> Mask:
        """The mask before any answer: everything inside the box, or nothing."""
        return mask_from_shape(BoxPrompt(*self.box_xyxy), size_hw) if self.box_xyxy else Mask.empty(size_hw)


def _clicks(given: Round) -> tuple[Click, ...]:
    return tuple(prompt for prompt in given if isinstance(prompt, Click))


def _size(size_hw: tuple[int, int]) -> str:
    return f"{size_hw[1]}x{size_hw[0]}"


def _clipped(xyxy: XYXY, size_hw: tuple[int, int]) -> XYXY:
    x0, y0, x1, y1 = xyxy
    height, width = size_hw
    inside = (max(x0, 0), max(y0, 0), min(x1, width), min(y1, height))
    if not np.isfinite(xyxy).all() or inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise InputError(
            f"the box {x0:g}, {y0:g}, {x1:g}, {y1:g} has no area inside the {_size(size_hw)} image; move it"
        )
    return inside
