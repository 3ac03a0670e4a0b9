"""Suggestions of models of points that a person accepts or deletes, in one image or in all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fewclicks.application.answers.suggested_points import Places, points_of
from fewclicks.application.changed import Changed, changed
from fewclicks.errors import ConflictError, InputError
from fewclicks.labels import Provenance
from fewclicks.store.events import AnnotationChange, Change, Event, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals, SuggestedPoints, is_current_move
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import checked_shape
from fewclicks.store.snapshots import Json, Snapshot, State


@dataclass(frozen=True, slots=True)
class TakenPoints:
    """Suggestions of the model `method` that a person accepts or deletes (see store/proposals.py)."""

    kind: Literal["accept", "delete"]
    method: str
    points: tuple[Json, ...]
    moves: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class AcceptedMoves:
    """The result of accepting all moves: the number of the event, and how many points moved in how many images.

    outdated: moves of points that were moved or deleted since; they were removed.
    """

    event: int
    images: int
    moved: int
    outdated: int


def take_points(project: Project, request: Request, taken: TakenPoints) -> Changed:
    """Move annotations as suggested, and turn suggested points into accepted or deleted annotations.

    The n-th point gets the id of the request with "-n"; a deleted point is not suggested again. Outdated moves, and
    points within a pixel of an accepted point, are only removed from the suggestions. Raises InputError without points
    and moves, and for a point outside the image.
    """
    if not taken.points and not taken.moves:
        raise InputError("the request names no points and no moves; send at least one of them")
    if len({move["annotation_id"] for move in taken.moves}) < len(taken.moves):
        raise InputError("the request moves an annotation twice; send one move for each")
    with project.changing() as state:
        event = state.known(request) or state.append(request, taken_points(state, request, taken))
        return changed(state, event)


def accept_moves(project: Project, request: Request) -> AcceptedMoves:
    """Accept the suggested moves of all images, as one event."""
    with project.changing() as state:
        return _report(state.known(request) or state.append(request, _all_moves(state)))


def taken_points(state: Log, request: Request, taken: TakenPoints) -> Outcome:
    """Return the changes of `take_points`, for the image of the request."""
    assert request.image_id is not None
    image, before = state.measured_image(request.image_id), state.proposals(request.image_id)
    made_by = before.points_of(taken.method)
    moved = _moved(state, image, made_by, taken.moves) if taken.kind == "accept" else {}
    added = _added(state, request, image, made_by, taken)
    left = _without(before, taken)
    return Outcome((*moved.values(), *added), proposals=(Change(before, left),) if left != before else ())


def _moved(state: Log, image: ImageRow, made_by: SuggestedPoints, moves: Sequence[Json]) -> dict[str, AnnotationChange]:
    """Return the changes of annotations that are still where their moves begin, by their ids."""
    changes = {}
    for move in moves:
        before = state.annotation(move["annotation_id"])
        if before is not None and before.image_id == image.id and is_current_move(move, before):
            shape = _point(move["to_xy"], image)
            provenance = replace(_provenance(made_by, move["score"]), person=before.provenance.person)
            changes[before.id] = AnnotationChange(before, replace(before, shape=shape, provenance=provenance))
    return changes


def _added(
    state: Log, request: Request, image: ImageRow, made_by: SuggestedPoints, taken: TakenPoints
) -> Iterator[AnnotationChange]:
    accepted = (each for each in state.annotations(image.id) if each.state == "accepted")
    places = Places(xy for _, xy in points_of(accepted))
    after: State = "accepted" if taken.kind == "accept" else "deleted"
    for number, point in enumerate(taken.points):
        state.class_row(point["class_id"])
        shape, name = _point([point["x"], point["y"]], image), f"{request.id}-{number}"
        if places.has(point["x"], point["y"]):
            continue
        if state.annotation(name) is not None:
            raise ConflictError(f"annotation {name!r} exists already; use a new request id")
        provenance = _provenance(made_by, point["score"])
        yield AnnotationChange(None, Snapshot(name, image.id, point["class_id"], after, shape, provenance=provenance))


def _point(xy: Sequence[float], image: ImageRow) -> Json:
    return checked_shape({"type": "point", "x": xy[0], "y": xy[1]}, image.size_hw)


def _provenance(made_by: SuggestedPoints, score: float) -> Provenance:
    return Provenance(method=made_by.method, weights=made_by.weights, predicted_quality=score)


def _without(before: Proposals, taken: TakenPoints) -> Proposals:
    """Return the suggestions without those taken, and without other models' points at the same places."""
    places, moved = (
        Places((each["x"], each["y"]) for each in taken.points),
        {each["annotation_id"] for each in taken.moves},
    )
    left = before
    for each in before.points:
        points = tuple(point for point in each.points if not places.has(point["x"], point["y"]))
        moves = tuple(move for move in each.moves if move["annotation_id"] not in moved)
        left = left.with_points(replace(each, points=points, moves=moves))
    return left


def _all_moves(state: Log) -> Outcome:
    moved: list[AnnotationChange] = []
    changes: list[Change[Proposals]] = []
    for before in state.suggested_points():
        if any(each.moves for each in before.points):
            of_image: dict[str, AnnotationChange] = {}
            for each in before.points:
                of_image = _moved(state, state.measured_image(before.image_id), each, each.moves) | of_image
            moved += of_image.values()
            left = replace(before, points=tuple(replace(each, moves=()) for each in before.points))
            changes.append(Change(before, left))
    return Outcome(tuple(moved), proposals=tuple(changes))


def _report(event: Event) -> AcceptedMoves:
    outcome = event.outcome
    suggested = sum(len(each.moves) for change in outcome.proposals for each in change.before.points)
    images = {change.after.image_id for change in outcome.annotations if change.after}
    return AcceptedMoves(event.seq, len(images), len(outcome.annotations), suggested - len(outcome.annotations))
