"""The prompts of `detect`: clicks and boxes with classes, checked, and examples from other images."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32, Float64

from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.network.correlation import Templates
from fewclicks.methods.shared.prompt_kinds import check_kinds
from fewclicks.model import ModelInfo
from fewclicks.prompts import BoxPrompt, ClassClick, Example, Prompt

Shown = ClassClick | BoxPrompt
"""An object that a person showed: by a click on it, or by a box around it that names the class."""


def checked(prompts: Sequence[Prompt], size_hw: tuple[int, int], info: ModelInfo) -> tuple[Shown, ...]:
    """Return the prompts as objects that a person showed.

    Raises InputError for another kind of prompt, a box without a class or without an area, a prompt outside the image,
    and a class that the model does not know.
    """
    check_kinds(info.role, prompts, (ClassClick, BoxPrompt))
    shown = tuple(prompt for prompt in prompts if isinstance(prompt, ClassClick | BoxPrompt))
    check_shown(shown, size_hw, info.classes or None)
    return shown


def check_shown(shown: Sequence[Shown], size_hw: tuple[int, int], known: Collection[int] | None) -> None:
    """Raise InputError for a prompt outside the image, and for a class that is not in `known`."""
    for each in shown:
        _check_place(each, size_hw)
        if each.class_id is None:
            raise InputError("an example box needs a class; choose one")
        if known is not None and each.class_id not in known:
            ids = ", ".join(map(str, sorted(known)))
            raise InputError(f"the model has no class {each.class_id}; use one of {ids}")


def _check_place(shown: Shown, size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    if isinstance(shown, ClassClick):
        if not (0 <= shown.x <= width and 0 <= shown.y <= height):  # also False for NaN
            raise InputError(
                f"the click at ({shown.x:g}, {shown.y:g}) is outside the {width}x{height} image; move it inside"
            )
    elif not (0 <= shown.x0 < shown.x1 <= width and 0 <= shown.y0 < shown.y1 <= height):
        ends = ", ".join(f"{end:g}" for end in shown.xyxy)
        raise InputError(f"the box ({ends}) is empty or not inside the {width}x{height} image; draw it again")


def templates_of(examples: Sequence[Example], info: ModelInfo) -> Templates:
    """Return the rows of examples by class, in order. Raises InputError for examples of another version."""
    rows: dict[int, list[Float32[np.ndarray, D]]] = {}
    for example in examples:
        if example.version != info.version:
            was = f"made by another version ({example.version})"
            raise InputError(f"an example of the class {example.class_id} was {was}; make it with {info.version}")
        rows.setdefault(example.class_id, []).append(example.arrays[0])
    return {class_id: np.stack(own) for class_id, own in rows.items()}


def examples_of(shown: Sequence[Shown], rows: Float32[np.ndarray, "K D"], info: ModelInfo) -> tuple[Example, ...]:
    """Return one example for each prompt, from its row."""
    pairs = zip(class_ids(shown), rows, strict=True)
    return tuple(Example(class_id, info.version, (row.copy(),)) for class_id, row in pairs)


def same_examples(first: Sequence[Example], second: Sequence[Example]) -> bool:
    """Whether both have the same examples."""
    return len(first) == len(second) and all(
        one is other or _equal(one, other) for one, other in zip(first, second, strict=True)
    )


def _equal(one: Example, other: Example) -> bool:
    if (one.class_id, one.version, len(one.arrays)) != (other.class_id, other.version, len(other.arrays)):
        return False
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one.arrays, other.arrays, strict=True))


def points(shown: Sequence[Shown], scale: float = 1.0) -> Float[np.ndarray, "K 2"]:
    """Return where the clicks are, and the centres of the boxes, in an image of that scale."""
    return np.array([_centre(each) for each in shown], float).reshape(-1, 2) * scale


def _centre(shown: Shown) -> tuple[float, float]:
    if isinstance(shown, ClassClick):
        return shown.x, shown.y
    return (shown.x0 + shown.x1) / 2, (shown.y0 + shown.y1) / 2


def sides(shown: Sequence[Shown]) -> Float64[np.ndarray, "K 2"]:
    """Return width and height of the boxes in image pixels; NaN for clicks."""
    known = [
        (each.x1 - each.x0, each.y1 - each.y0) if isinstance(each, BoxPrompt) else (np.nan, np.nan) for each in shown
    ]
    return np.array(known, np.float64).reshape(-1, 2)


def class_ids(shown: Sequence[Shown]) -> list[int]:
    """Return the classes, in order."""
    return [each.class_id for each in shown if each.class_id is not None]


def moved(shown: Shown, dx: float, dy: float) -> Shown:
    """Return the prompt at another place."""
    if isinstance(shown, ClassClick):
        return replace(shown, x=shown.x + dx, y=shown.y + dy)
    return replace(shown, x0=shown.x0 + dx, y0=shown.y0 + dy, x1=shown.x1 + dx, y1=shown.y1 + dy)


def within(shown: Shown, size_hw: tuple[int, int]) -> Shown:
    """Return a box without what is outside an image of that size; a click stays as it is."""
    if isinstance(shown, ClassClick):
        return shown
    height, width = size_hw
    x0, x1 = np.clip((shown.x0, shown.x1), 0, width).tolist()
    y0, y1 = np.clip((shown.y0, shown.y1), 0, height).tolist()
    return replace(shown, x0=x0, y0=y0, x1=x1, y1=y1)
