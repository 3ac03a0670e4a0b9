"""The simulations that are installed, found through entry points."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from fewclicks.answers import Task
from fewclicks.simulation.spec import SimulationSpec

GROUP = "fewclicks.simulations"


@cache
def simulations() -> Mapping[str, SimulationSpec]:
    """Every installed simulation by its name."""
    found = (cast(SimulationSpec, point.load()) for point in entry_points(group=GROUP))
    return {spec.name: spec for spec in sorted(found, key=lambda spec: spec.name)}


def by_verb() -> Mapping[str, SimulationSpec]:
    """Every installed simulation by its name on the command line."""
    return {spec.verb: spec for spec in simulations().values()}


def simulation_of(task: Task) -> SimulationSpec | None:
    """The simulation that measures models of a task by default: the one of that name, else the first."""
    found = [spec for spec in simulations().values() if spec.task == task]
    return next((spec for spec in found if spec.name == task), found[0] if found else None)
