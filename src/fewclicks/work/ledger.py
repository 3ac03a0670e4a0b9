"""The ledger: every answer to a question, what it cost, who asked and what it changed, read from the log."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC

import numpy as np
from jaxtyping import Float64

from fewclicks.store.events import Event
from fewclicks.store.log import Log
from fewclicks.store.work import LOOKED, SKIP

OBJECT_ANSWERS = frozenset({"accept", "class", "move", "missing"})
CORRECTIONS = frozenset({"class", "move"})


@dataclass(frozen=True, slots=True)
class AnswerCosts:
    """Seconds of a person for one answer, by the cost model.

    drawn: a box drawn by its extreme points (extreme clicking). verified: a suggestion that is right as it stands, no
    object, or skipped. corrected: a suggestion with another class or place. looked: an area in which nothing is
    missing.
    """

    drawn: float = 7.0
    verified: float = 1.6
    corrected: float = 8.6
    looked: float = 4.0

    def of(self, answer: str) -> float:
        """Return the seconds of an answer, by the word of its event."""
        if answer == "missing":
            return self.drawn
        if answer == LOOKED:
            return self.looked
        return self.corrected if answer in CORRECTIONS else self.verified


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One answer.

    event: its number in the log. answered_at: UTC. question: the kind of suggestion, or "area"; confidence: that of its
    model, or the predicted IoU of a mask. answer: "accept", "class", "move", "delete", "missing", "looked" or "skip".
    suggested_class, given_class: names; given_class is empty without an object. model, version, strategy: what
    suggested the object and what asked. seconds: measured; model_seconds: by the cost model. annotation: the id of the
    annotation that it changed. undone: somebody has undone it.
    """

    event: int
    answered_at: str
    image: str
    question: str
    confidence: float | None
    answer: str
    suggested_class: str
    given_class: str
    model: str
    version: str
    strategy: str
    seconds: float
    model_seconds: float
    clicks: int
    annotation: str
    author: str
    undone: bool


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """What the answers cost, in three ways.

    object_answers: answers with an object. all_answers: those and the ones without an object. seconds: measured, and
    model_seconds: by the cost model; both include skipped questions. Undone answers count in `seconds` only.
    """

    object_answers: int
    all_answers: int
    seconds: float
    model_seconds: float
    clicks: int


def read_ledger(log: Log, costs: AnswerCosts | None = None) -> list[LedgerRow]:
    """Return every answer, oldest first."""
    standing, classes = log.work.standing_answers(), log.class_names()
    images = {row.id: row.file_name for row in log.images()}
    return [
        _row(event, images, classes, event.seq not in standing, costs or AnswerCosts())
        for event in log.events("answer")
    ]


def _row(event: Event, images: dict[int, str], classes: dict[int, str], undone: bool, costs: AnswerCosts) -> LedgerRow:
    request, outcome = event.request, event.outcome
    assert outcome.answer is not None  # every event of this verb has one
    question, changes = outcome.answer.question, outcome.annotations
    after = changes[0].after if changes and request.kind in OBJECT_ANSWERS else None
    return LedgerRow(
        event.seq,
        event.created_at.replace(tzinfo=UTC).isoformat(timespec="seconds"),
        images.get(request.image_id or 0, ""),
        question["kind"],
        question["confidence"],
        request.kind,
        classes.get(question["class_id"], ""),
        classes.get(after.class_id, "") if after else "",
        question["role"],
        question["version"],
        question["strategy"],
        round(request.seconds, 2),
        costs.of(request.kind),
        outcome.clicks,
        changes[0].id if changes else "",
        request.author,
        undone,
    )


def confirmed_areas(log: Log) -> dict[int, Float64[np.ndarray, "_ 4"]]:
    """Return the areas x0, y0, x1, y1 in which nothing is missing, as people have answered, by image id."""
    standing = log.work.standing_answers()
    found: defaultdict[int, list[list[float]]] = defaultdict(list)
    for event in log.events("answer"):
        answer, image_id = event.outcome.answer, event.request.image_id
        if event.seq in standing and event.request.kind == LOOKED and answer is not None and image_id is not None:
            found[image_id].append(answer.question["area"])
    return {image_id: np.array(own, np.float64) for image_id, own in found.items()}


def total_of(rows: Sequence[LedgerRow]) -> LedgerTotals:
    """Return what these answers cost."""
    standing = [row for row in rows if not row.undone]
    return LedgerTotals(
        sum(row.answer in OBJECT_ANSWERS for row in standing),
        sum(row.answer != SKIP for row in standing),
        round(sum(row.seconds for row in rows), 2),
        round(sum(row.model_seconds for row in standing), 2),
        sum(row.clicks for row in standing),
    )


def ledger_csv(rows: Sequence[LedgerRow]) -> str:
    """Return CSV with a row for each answer."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([each.name for each in fields(LedgerRow)])
    writer.writerows(["" if value is None else value for value in astuple(row)] for row in rows)
    return text.getvalue()
