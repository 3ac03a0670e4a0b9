"""What the page shows about learning rounds: the curve, the estimate of when to stop, and a table of the classes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fewclicks.application.asked import ROUND
from fewclicks.application.rounds import (
    RoundSettings,
    answers_since,
    kind_of_round,
    latest_round,
    learning_role,
    missing,
    read_settings,
)
from fewclicks.application.workspace import Workspace
from fewclicks.ask.missing import Unlabelled, unlabelled
from fewclicks.ask.stopping import Gain, gain_of_next
from fewclicks.ask.strategies.registry import strategies
from fewclicks.jobs.kinds import INSTALL
from fewclicks.methods.project_training import FEWEST_FINISHED
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.snapshots import Json
from fewclicks.work.ledger import LedgerRow, LedgerTotals, read_ledger, total_of

CONFIRMED = frozenset({"accept", "class", "move"})
JUDGED = CONFIRMED | {"delete"}


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Of `judged` suggestions, `confirmed` are objects, with or without a correction."""

    confirmed: int
    judged: int

    @classmethod
    def of(cls, rows: Iterable[LedgerRow]) -> "Confirmed":
        """Count the answers to suggestions."""
        words = [row.answer for row in rows]
        return cls(sum(word in CONFIRMED for word in words), sum(word in JUDGED for word in words))


@dataclass(frozen=True, slots=True)
class RoundPoint:
    """A round that is done.

    boxes, answers: answers with an object, and all answers, when it began. map50: on `held_out` finished images; None
    with too few. confirmed: of the suggestions of its version.
    """

    version: str
    boxes: int
    answers: int
    map50: float | None
    held_out: int
    confirmed: Confirmed


@dataclass(frozen=True, slots=True)
class RoundClass:
    """A class: its accepted objects, its suggestions, the answers about it, and its AP at IoU 0.5 after the last round.

    ap50 is None where it was not measured. learnt: whether the last round trained it; None before the first.
    """

    class_id: int
    objects: int
    suggestions: int
    confirmed: Confirmed
    ap50: float | None
    learnt: bool | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The rounds of a project.

    strategies: the names of those that can be chosen. since: answers since the last round was started. missing: one
    line on why no round can start, or empty. install: the command that installs missing packages, or None. job: the
    latest round. finished: the number of finished images with objects, of `needed` ones to measure on some of them.
    gain: of the next answers, in mAP; None while it cannot be estimated. unlabelled: the objects that nobody has
    labelled in the images that are not done; None with too few finished images.
    """

    settings: RoundSettings
    strategies: tuple[str, ...]
    since: int
    missing: str
    install: str | None
    job: JobRow | None
    points: tuple[RoundPoint, ...]
    finished: int
    needed: int
    gain: Gain | None
    unlabelled: Unlabelled | None
    total: LedgerTotals
    classes: tuple[RoundClass, ...]


def overview(workspace: Workspace) -> Overview:
    """Return the rounds of the model that learns; without one, no round can start."""
    role = learning_role(workspace)
    with workspace.project.reading() as state:
        ledger = read_ledger(state)
        last = None if role is None else latest_round(state, role)
        done = [row.result for row in reversed(state.jobs.all()) if row.kind.startswith(ROUND) and row.state == "done"]
        answers = [row for row in ledger if not row.undone]
        points = tuple(_point(result, answers) for result in done)
        return Overview(
            read_settings(state),
            tuple(strategies()),
            answers_since(state, last),
            "no model of this project learns from single answers" if role is None else missing(state),
            None if role is None or kind_of_round(role.name).is_installed else INSTALL,
            last,
            points,
            sum(map(bool, _objects(state, "done"))),
            FEWEST_FINISHED,
            _gain(points),
            unlabelled(_objects(state, "done"), _objects(state, "todo")),
            total_of(ledger),
            _classes(state, answers, done[-1] if done else None),
        )


def _point(result: Json, answers: Sequence[LedgerRow]) -> RoundPoint:
    measured = result["measured"] or {"map50": None, "images": 0}
    own = Confirmed.of(row for row in answers if row.version == result["weights"])
    return RoundPoint(result["version"], result["boxes"], result["answers"], measured["map50"], measured["images"], own)


def _gain(points: Sequence[RoundPoint]) -> Gain | None:
    known = [(point.answers, point.map50) for point in points if point.map50 is not None]
    return gain_of_next([answers for answers, _ in known], [map50 for _, map50 in known])


def _objects(state: Log, status: str) -> list[int]:
    """Return the number of accepted objects in each image of this status."""
    return [row.annotations - row.proposed for row in state.summaries() if row.status == status]


def _classes(state: Log, answers: Sequence[LedgerRow], last: Json | None) -> tuple[RoundClass, ...]:
    objects, suggestions = Counter[int](), Counter[int]()
    for (_, class_id), count in state.counts.all().items():
        objects[class_id] += count.annotations
        suggestions[class_id] += count.suggestions
    ap50 = (last or {}).get("measured") or {"ap50": {}}
    return tuple(
        RoundClass(
            row.id,
            objects[row.id],
            suggestions[row.id],
            Confirmed.of(each for each in answers if each.suggested_class == row.name),
            ap50["ap50"].get(row.name),
            None if last is None else row.name in last["classes"],
        )
        for row in state.classes()
    )
