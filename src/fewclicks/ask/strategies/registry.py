"""The strategies that are installed, found through entry points."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from fewclicks.ask.strategies.spec import Strategy
from fewclicks.errors import NotFoundError

GROUP = "fewclicks.strategies"


@cache
def strategies() -> Mapping[str, Strategy]:
    """Return every installed strategy by its name."""
    found = (cast(Strategy, point.load()) for point in entry_points(group=GROUP))
    return {each.name: each for each in sorted(found, key=lambda each: each.name)}


def get_strategy(name: str) -> Strategy:
    """Return the strategy of this name. Raises NotFoundError with a list of the names."""
    if name not in strategies():
        raise NotFoundError(f"no strategy {name!r}; use one of {', '.join(strategies())}")
    return strategies()[name]
