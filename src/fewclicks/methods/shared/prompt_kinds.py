"""Which kinds of prompt a model takes, checked."""

from collections.abc import Collection, Iterable
from typing import TypeVar

from fewclicks.errors import InputError
from fewclicks.prompts import Prompt

P = TypeVar("P", bound=Prompt)
PLURALS = {
    "click": "clicks",
    "box": "boxes",
    "extreme_points": "extreme points",
    "scribble": "scribbles",
    "mask": "masks",
    "another_mask": "requests for another mask",
    "class_click": "class clicks",
    "point": "points",
}


def of_kind(kind: type[P], prompts: Iterable[Prompt], model: str) -> tuple[P, ...]:
    """Return the prompts, all of which must be of `kind`. Raises InputError for the first of another kind."""
    found = []
    for prompt in prompts:
        if not isinstance(prompt, kind):
            raise wrong_kind(model, prompt.kind, [kind.kind])
        found.append(prompt)
    return tuple(found)


def check_kinds(model: str, prompts: Iterable[Prompt], takes: Collection[type[Prompt]]) -> None:
    """Raise InputError for a kind of prompt that is not in `takes`; it lists the kinds that are."""
    for prompt in prompts:
        if type(prompt) not in takes:
            raise wrong_kind(model, prompt.kind, [each.kind for each in takes])


def wrong_kind(model: str, kind: str, takes: Iterable[str]) -> InputError:
    """Return the error of a prompt of this kind, which lists the kinds in `takes`."""
    *others, last = (PLURALS[each] for each in takes)
    accepted = f"{', '.join(others)} and {last}" if others else last
    return InputError(f"the model {model!r} accepts {accepted}, not {PLURALS[kind]}")
