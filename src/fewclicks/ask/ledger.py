"""The ledger: every answer of a person, who asked, and what it cost, in three ways of counting."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fewclicks.ask.costs import OBJECT_KINDS, Costs, Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer. image: its number. round: 0 for the start. model: the version that asked; "" for none."""

    image: int
    kind: Kind
    round: int
    strategy: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """What answers cost.

    boxes: answers that gave the box of an object, as the paper counts. answers: all answers about a box, background
    included. seconds: of a person, everything included.
    """

    boxes: int
    answers: int
    seconds: float


@dataclass(slots=True)
class Ledger:
    """All entries in their order."""

    costs: Costs
    entries: list[Entry] = field(default_factory=list)

    def add(self, entries: Sequence[Entry]) -> None:
        """Append entries."""
        self.entries.extend(entries)

    def totals(self) -> Totals:
        """Return the costs of all entries."""
        kinds = [entry.kind for entry in self.entries]
        boxes = sum(kind in OBJECT_KINDS for kind in kinds)
        answers = boxes + kinds.count("background")
        return Totals(boxes, answers, sum(map(self.costs.seconds, kinds)))
