"""Prompts between their stored JSON and the types of `fewclicks.prompts`.

`{"type": "click", "x", "y", "adds", "round"}`, `{"type": "box", "xyxy"}`, `{"type": "extreme_points", "points"}`,
`{"type": "scribble", "points", "round"}`, `{"type": "another_mask", "round"}`, and those of an image: class clicks,
`{"x", "y", "class_id"}`, with `"xyxy"` if a person drew a box around the object, and points, `{"x", "y", "class_id",
"target"}`. Prompts without a round belong to the first one. Coordinates are image pixels.
"""

from collections.abc import Sequence

from fewclicks.errors import InputError
from fewclicks.prompts import AnotherMask, BoxPrompt, ClassClick, Click, ExtremePoints, PointPrompt, Prompt, Scribble
from fewclicks.store.shapes import check_box, check_point
from fewclicks.store.snapshots import Json


def prompt_from_json(prompt: Json, target: str = "") -> Prompt:
    """Return the prompt of a stored form, for `target`."""
    match prompt["type"]:
        case "click":
            return Click(prompt["x"], prompt["y"], prompt["adds"], target)
        case "box":
            x0, y0, x1, y1 = prompt["xyxy"]
            return BoxPrompt(x0, y0, x1, y1, target)
        case "scribble":
            return Scribble(_points(prompt), target)
        case "another_mask":
            return AnotherMask(target)
        case _:
            return ExtremePoints(_points(prompt), target)


def rounds_from_json(prompts: Sequence[Json], target: str = "") -> tuple[tuple[Prompt, ...], ...]:
    """Return the prompts of one annotation, round by round."""
    numbers = sorted({round_of(prompt) for prompt in prompts})
    return tuple(
        tuple(prompt_from_json(prompt, target) for prompt in prompts if round_of(prompt) == number)
        for number in numbers
    )


def round_of(prompt: Json) -> int:
    """Return the round of a stored prompt."""
    return int(prompt.get("round", 0))


def class_click_from_json(click: Json) -> ClassClick:
    """Return the class click of a stored form."""
    return ClassClick(click["x"], click["y"], click["class_id"])


def drawn_box_from_json(click: Json) -> BoxPrompt | None:
    """Return the box that a person drew around the object of a class click; None without one."""
    if "xyxy" not in click:
        return None
    x0, y0, x1, y1 = click["xyxy"]
    return BoxPrompt(x0, y0, x1, y1, class_id=click["class_id"])


def check_class_click(click: Json, size_hw: tuple[int, int]) -> None:
    """Raise InputError unless a stored class click lies in an image of `size_hw`, and in its box if it has one."""
    x, y = click["x"], click["y"]
    check_point(x, y, size_hw, "click")
    if "xyxy" in click:
        check_box(click["xyxy"], size_hw)
        x0, y0, x1, y1 = click["xyxy"]
        height, width = size_hw
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            place = f"({x0:g}, {y0:g}, {x1:g}, {y1:g})"
            raise InputError(f"the box {place} is not inside the {width}x{height} image; draw it again")
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            raise InputError(f"the click at ({x:g}, {y:g}) is outside its box ({x0:g}, {y0:g}, {x1:g}, {y1:g})")


def point_from_json(point: Json) -> PointPrompt:
    """Return the point of a stored form."""
    return PointPrompt(point["x"], point["y"], point["class_id"], point["target"])


def check_prompt(prompt: Json, size_hw: tuple[int, int]) -> None:
    """Raise InputError unless the stored prompt lies in an image of `size_hw`."""
    match prompt_from_json(prompt):
        case Click(x, y):
            check_point(x, y, size_hw, "click")
        case Scribble(points):
            for x, y in points:
                check_point(x, y, size_hw, "scribble")
        case ExtremePoints(points) as extremes:
            x0, y0, x1, y1 = extremes.xyxy
            if x0 == x1 or y0 == y1:
                places = ", ".join(f"({x:g}, {y:g})" for x, y in points)
                raise InputError(f"the extreme points {places} lie on one line; click all four sides")
            check_box(extremes.xyxy, size_hw)
        case BoxPrompt() as box:
            check_box(box.xyxy, size_hw)


def _points(prompt: Json) -> tuple[tuple[float, float], ...]:
    return tuple(map(tuple, prompt["points"]))
