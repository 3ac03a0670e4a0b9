"""How a simulation describes itself: it measures any model of a task, or a model that it trains itself.

Packages announce a `SimulationSpec` under the entry-point group `fewclicks.simulations`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from fewclicks.answers import Answer, Task
from fewclicks.model import Model
from fewclicks.prompts import Prompt

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class SimulationSpec:
    """A simulated annotator at work with models of one task, or with a model that is trained on its annotations.

    name: unique among simulations. task: that of the models; None when the simulation trains what it measures.
    run: "module:function", called as `run(subject, settings, watch)`, without a task as `run(settings, watch)`; it
    returns a `Report`. settings: "module:class" of the settings, a pydantic model. command: the name on the command
    line, if it differs from `name`.
    """

    name: str
    task: Task | None
    summary: str
    run: str
    settings: str
    command: str = ""

    @property
    def verb(self) -> str:
        """Its name on the command line."""
        return self.command or self.name


@dataclass(frozen=True, slots=True, eq=False)
class Subject(Generic[A]):
    """The model that is measured, and the kinds of prompt that it takes."""

    model: Model[object, A, object]
    takes: Collection[type[Prompt]]


@runtime_checkable
class Watch(Protocol):
    """Progress of a run."""

    def start(self, what: str, total: int) -> None:
        """Begin to count to `total`."""
        ...

    def advance(self) -> None:
        """One more is done."""
        ...
