"""Which kinds of prompt a model takes, checked."""

from collections.abc import Iterable
from typing import TypeVar

from fewclicks.errors import InputError
from fewclicks.prompts import Prompt

P = TypeVar("P", bound=Prompt)


def of_kind(kind: type[P], prompts: Iterable[Prompt], model: str) -> tuple[P, ...]:
    """Return the prompts, all of which must be of `kind`. Raises InputError for the first of another kind."""
    found = []
    for prompt in prompts:
        if not isinstance(prompt, kind):
            raise InputError(f"the model {model!r} accepts only {kind.kind!r}, not {prompt.kind!r}")
        found.append(prompt)
    return tuple(found)
