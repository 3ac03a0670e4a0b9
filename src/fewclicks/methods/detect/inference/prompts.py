"""The prompts of `detect`: clicks with classes, checked, and examples from other images."""

from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Float, Float32

from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.network.correlation import Templates
from fewclicks.methods.shared.prompt_kinds import of_kind
from fewclicks.model import ModelInfo
from fewclicks.prompts import ClassClick, Example, Prompt


def checked_clicks(prompts: Sequence[Prompt], size_hw: tuple[int, int], info: ModelInfo) -> tuple[ClassClick, ...]:
    """Return the prompts as class clicks.

    Raises InputError for another kind of prompt, a click outside the image, and a class that the model does not know.
    """
    clicks = of_kind(ClassClick, prompts, info.role)
    check_clicks(clicks, size_hw, info.classes or None)
    return clicks


def check_clicks(clicks: Sequence[ClassClick], size_hw: tuple[int, int], known: Collection[int] | None) -> None:
    """Raise InputError for a click outside the image, and for a class that is not in `known`."""
    height, width = size_hw
    for click in clicks:
        if not (0 <= click.x <= width and 0 <= click.y <= height):  # also False for NaN
            raise InputError(
                f"the click at ({click.x:g}, {click.y:g}) is outside the {width}x{height} image; move it inside"
            )
        if known is not None and click.class_id not in known:
            ids = ", ".join(map(str, sorted(known)))
            raise InputError(f"the model has no class {click.class_id}; use one of {ids}")


def templates_of(examples: Sequence[Example], info: ModelInfo) -> Templates:
    """Return the rows of examples by class, in order. Raises InputError for examples of another version."""
    rows: dict[int, list[Float32[np.ndarray, D]]] = {}
    for example in examples:
        if example.version != info.version:
            was = f"made by another version ({example.version})"
            raise InputError(f"an example of the class {example.class_id} was {was}; make it with {info.version}")
        rows.setdefault(example.class_id, []).append(example.arrays[0])
    return {class_id: np.stack(own) for class_id, own in rows.items()}


def examples_of(clicks: Sequence[ClassClick], rows: Float32[np.ndarray, "K D"], info: ModelInfo) -> tuple[Example, ...]:
    """Return one example for each click, from its row."""
    pairs = zip(clicks, rows, strict=True)
    return tuple(Example(click.class_id, info.version, (row.copy(),)) for click, row in pairs)


def same_examples(first: Sequence[Example], second: Sequence[Example]) -> bool:
    """Whether both have the same examples."""
    return len(first) == len(second) and all(
        one is other or _equal(one, other) for one, other in zip(first, second, strict=True)
    )


def _equal(one: Example, other: Example) -> bool:
    if (one.class_id, one.version, len(one.arrays)) != (other.class_id, other.version, len(other.arrays)):
        return False
    return all(np.array_equal(a, b) for a, b in zip(one.arrays, other.arrays, strict=True))


def points(clicks: Sequence[ClassClick], scale: float = 1.0) -> Float[np.ndarray, "K 2"]:
    """Return where the clicks are in an image of that scale."""
    return np.array([(click.x, click.y) for click in clicks], float).reshape(-1, 2) * scale
