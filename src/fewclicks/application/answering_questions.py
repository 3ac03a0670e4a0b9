"""Answers to questions about suggestions: ordinary changes of an image, each with the question that it answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import time
from typing import Literal

from fewclicks.application.changed import Changed, changed
from fewclicks.application.editing import TakeRequest, taken_boxes
from fewclicks.application.questions import Question, find_answerable, find_question
from fewclicks.application.taking_points import TakenPoints, taken_points
from fewclicks.errors import ConflictError, InputError, NotFoundError, OutdatedError
from fewclicks.labels import Provenance
from fewclicks.store.editing import edited
from fewclicks.store.events import AnnotationChange, AnswerChange, Event, GivenAnswer, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.replaced import with_replaced_boxes
from fewclicks.store.shapes import checked_shape
from fewclicks.store.snapshots import Json, Snapshot
from fewclicks.store.work import LOOKED, SKIP, WorkItem
from fewclicks.work.items import is_within

Word = Literal["accept", "delete", "missing", "skip"]
GONE = "somebody else has answered this question; continue with the next one"


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What a person says to a question.

    word: the suggestion is an object ("accept") or not ("delete"), an object is "missing" beside it, or "skip". For an
    area, "accept" means that nothing is missing in it, and there is no "delete". An accepted suggestion gets `class_id`
    and `shape`, in stored form; None: its own. A missing object needs both. clicks: the number of clicks and drags.
    """

    item_id: str
    word: Word
    class_id: int | None = None
    shape: Json | None = None
    clicks: int = 0


def kind_of(question: Question, given: PersonAnswer) -> str:
    """Return the word of the change: "accept" as it is, "move", "class", "delete", "missing", "looked" or "skip"."""
    if given.word != "accept":
        return given.word
    if question.item.kind == "area":
        return LOOKED
    if given.shape not in (None, question.shape):
        return "move"
    return "accept" if given.class_id in (None, question.class_id) else "class"


def answer(
    project: Project, request_id: str, author: str, seconds: float, given: PersonAnswer, payload: Json
) -> Changed:
    """Store an answer as one event of the question's image, once.

    "missing" adds an object and leaves the question open. Raises NotFoundError for an unknown question, OutdatedError
    for one that was answered or whose suggestion has changed since, InputError for a shape that does not fit.
    """
    sent = Request(request_id, "answer", given.word, payload, None, seconds, author)
    with project.changing() as state:
        event = state.known(sent) or _appended(state, sent, given)
        return changed(state, event)


def _appended(state: Log, sent: Request, given: PersonAnswer) -> Event:
    question = find_answerable(state, _open_item(state, given.item_id))
    if question is None:
        raise OutdatedError(GONE)
    request = replace(sent, kind=kind_of(question, given), image_id=question.image.id)
    closed = GivenAnswer() if given.word == "missing" else GivenAnswer(request.id, request.kind)
    about = AnswerChange(GivenAnswer(), closed, _described(question))
    outcome = replace(_changes(state, request, question, given), answer=about, clicks=given.clicks)
    if request.kind == LOOKED:
        free, area = state.work.free_boxes(question.image.id, time()), [question.item.subject["area"]]
        state.work.drop({item.id for item in free if is_within(item, area)})
    return state.append(request, outcome)


def undo_answer(project: Project, request: Request, of: str | None) -> tuple[Changed, Question | None]:
    """Undo an answer of the request's author, once; `of` is the id of its request, None: the latest one.

    Returns the question, which is open again; None if its suggestion is gone. Raises ConflictError if the author has
    changed the image since, and without such an answer.
    """
    with project.changing() as state:
        event = state.known(request)
        if event is None:
            answered = state.latest_answer(request.author, of)
            if answered is None:
                raise ConflictError("you have no answer to undo; answer a question first")
            on_image = replace(request, image_id=answered.request.image_id)
            event = state.undo(on_image, answered.request.id)
        item = None if event.outcome.answer is None else state.work.get(event.outcome.answer.question["id"])
        return changed(state, event), None if item is None else find_question(state, item)


def _open_item(state: Log, item_id: str) -> WorkItem:
    item = state.work.get(item_id)
    if item is None:
        raise NotFoundError("this question was removed, because its suggestion has changed; continue with the next one")
    if state.work.answer_of(item_id) != GivenAnswer():
        raise OutdatedError(GONE)
    return item


def _described(question: Question) -> Json:
    item = question.item
    about_area = {"area": item.subject["area"]} if item.kind == "area" else {}
    return about_area | {
        "id": item.id,
        "kind": item.kind,
        "class_id": None if item.kind == "area" else question.class_id,
        "confidence": question.confidence,
        "role": item.role,
        "version": item.version,
        "strategy": item.strategy,
    }


def _changes(state: Log, request: Request, question: Question, given: PersonAnswer) -> Outcome:
    if given.word == SKIP:
        return Outcome()
    if given.word == "missing":
        return _missing(state, request, question, given)
    class_id = question.class_id if given.class_id is None else given.class_id
    state.class_row(class_id)
    shape = question.shape if given.shape is None or given.word == "delete" else given.shape
    if question.item.kind == "area":
        if given.word == "delete":
            raise InputError(
                "you cannot reject an area; answer 'accept' if nothing is missing in it, or 'missing' to add an object"
            )
        return Outcome()
    return _TAKEN[question.item.kind](state, request, question, given.word == "accept", class_id, shape)


def _missing(state: Log, request: Request, question: Question, given: PersonAnswer) -> Outcome:
    if given.shape is None or given.class_id is None:
        raise InputError("a missing object needs a shape and a class; draw it and choose its class")
    state.class_row(given.class_id)
    wanted = Snapshot(f"{request.id}-0", question.image.id, given.class_id, "accepted", given.shape)
    return Outcome((AnnotationChange(None, edited(None, wanted, "box", question.image.size_hw)),))


def _taken_box(state: Log, request: Request, question: Question, accepts: bool, class_id: int, shape: Json) -> Outcome:
    subject = question.item.subject
    kind: Literal["accept", "delete"] = "accept" if accepts else "delete"
    taken = TakeRequest(kind, (tuple(subject["box"]),), (subject["score"],), (class_id,), subject["oriented"])
    return _moved(_made_by(taken_boxes(state, request, taken), question.item), question, shape)


def _made_by(outcome: Outcome, item: WorkItem) -> Outcome:
    """Name the version that suggested the box: suggestions of a newer one may have replaced it."""
    change = outcome.annotations[0]
    assert change.after is not None
    made_by = replace(change.after.provenance, method=item.role, weights=item.version)
    return replace(outcome, annotations=(AnnotationChange(change.before, replace(change.after, provenance=made_by)),))


def _taken_point(
    state: Log, request: Request, question: Question, accepts: bool, class_id: int, shape: Json
) -> Outcome:
    point = question.item.subject | {"class_id": class_id}
    taken = TakenPoints("accept" if accepts else "delete", question.item.role, (point,), ())
    return _moved(taken_points(state, request, taken), question, shape)


def _taken_move(state: Log, request: Request, question: Question, accepts: bool, class_id: int, shape: Json) -> Outcome:
    """Move the point, or leave it where it is: only the suggestion is removed then."""
    taken = TakenPoints("accept" if accepts else "delete", question.item.role, (), (question.item.subject,))
    outcome = taken_points(state, request, taken)
    labelled = tuple(
        replace(change, after=replace(change.after, class_id=class_id))
        for change in outcome.annotations
        if change.after
    )
    return _moved(replace(outcome, annotations=labelled), question, shape)


def _taken_mask(log: Log, _request: Request, question: Question, accepts: bool, class_id: int, shape: Json) -> Outcome:
    before = question.annotation
    assert before is not None
    state: Literal["accepted", "deleted"] = "accepted" if accepts else "deleted"
    wanted = replace(before, class_id=class_id, state=state, shape=shape)
    change = AnnotationChange(before, edited(before, wanted, "edit", question.image.size_hw))
    return Outcome(with_replaced_boxes(log, (change,)))


def _moved(outcome: Outcome, question: Question, shape: Json) -> Outcome:
    """Give the annotation another shape, which counts as drawn by hand."""
    if shape == question.shape:
        return outcome
    change = outcome.annotations[0]
    assert change.after is not None
    checked = checked_shape(shape, question.image.size_hw)
    after = replace(change.after, shape=checked, provenance=Provenance(person=change.after.provenance.person))
    return replace(outcome, annotations=(AnnotationChange(change.before, after),))


_TAKEN: dict[str, Callable[[Log, Request, Question, bool, int, Json], Outcome]] = {
    "box": _taken_box,
    "point": _taken_point,
    "move": _taken_move,
    "mask": _taken_mask,
}
