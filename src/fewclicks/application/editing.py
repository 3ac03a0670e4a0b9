"""Changes that need no model: edits of annotations, suggestions accepted or deleted, statuses, classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from fewclicks.application.answers.suggested_boxes import (
    box_of,
    boxes_of,
    not_among,
    overlaps_none,
    shape_of,
    with_boxes,
)
from fewclicks.application.changed import Changed, changed
from fewclicks.errors import ConflictError, InputError, OutdatedError
from fewclicks.labels import Provenance
from fewclicks.store.classes import check_classes, class_change, merge_classes
from fewclicks.store.editing import edited
from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import Classes, ClassRow, ImageStatus
from fewclicks.store.replaced import with_replaced_boxes
from fewclicks.store.shapes import checked_shape, shape_from_json, shape_to_json
from fewclicks.store.snapshots import Json, Snapshot, State
from fewclicks.store.versions import OutdatedAnnotationError


@dataclass(frozen=True, slots=True)
class TakeRequest:
    """Suggested boxes that a person accepts or deletes: cx, cy, w, h, angle, with their confidences and classes.

    version: that of the class clicks that the boxes were suggested for; None: any.
    """

    kind: Literal["accept", "delete"]
    boxes: tuple[tuple[float, float, float, float, float], ...]
    scores: tuple[float, ...]
    class_ids: tuple[int, ...]
    oriented: bool
    version: str | None = None


def edit(
    project: Project, request: Request, wanted: Sequence[Snapshot], versions: Mapping[str, str] = MappingProxyType({})
) -> Changed:
    """Replace annotations of one image by the `wanted` ones, the edited one first.

    A suggested mask that becomes accepted takes the place of its box (`store/replaced.py`).
    versions: by id, those that the client edited. Raises OutdatedError if another client has changed one since,
    InputError, NotFoundError and ConflictError; nothing is stored then.
    """
    for snapshot in wanted:
        if snapshot.image_id != request.image_id:
            raise InputError(
                f"expected only annotations of image {request.image_id}, got one of image {snapshot.image_id}"
            )
    if len({snapshot.id for snapshot in wanted}) < len(wanted):
        raise InputError("the request contains an annotation twice; send each id once")

    def outcome(state: Log) -> Outcome:
        size_hw = state.measured_image(_image_id(request)).size_hw
        changes = [_edited(state, each, request.kind, size_hw, versions.get(each.id)) for each in wanted]
        return Outcome(with_replaced_boxes(state, changes))

    with project.changing() as state:
        event = state.known(request) or state.append(request, outcome(state))
        return changed(state, event)


def take(project: Project, request: Request, taken: TakeRequest) -> Changed:
    """Turn suggestions into accepted or deleted annotations; deleted boxes are not suggested again.

    The n-th box gets the id of the request with "-n". All suggestions around the same objects are removed. A box
    around an object that is accepted already, from another page, is skipped. Raises OutdatedError if the clicks have
    changed since.
    """
    with project.changing() as state:
        event = state.known(request) or state.append(request, taken_boxes(state, request, taken))
        return changed(state, event)


def set_status(project: Project, request: Request, status: str, version: str | None = None) -> Changed:
    """Set an image to todo or done.

    version: that of the status which the client changes. Raises OutdatedError if another client has changed it since,
    unless it is `status` already.
    """
    with project.changing() as state:
        event = state.known(request)
        if event is None:
            before = state.status(_image_id(request))
            if status != before.status and version not in (None, before.version):
                raise OutdatedError("another page has changed the status of this image; choose one of the two statuses")
            event = state.append(request, Outcome(status=Change(before, ImageStatus(status, request.id))))
        return changed(state, event)


def set_classes(
    project: Project, request: Request, classes: Sequence[ClassRow], before: Sequence[ClassRow] | None = None
) -> Changed:
    """Replace the classes, once: a repeated request does not revert a later edit.

    before: the classes that the client edited. Classes that it left alone stay as they are now. Raises OutdatedError
    if one that it changed has changed since.
    """
    with project.changing() as state:
        event = state.known(request)
        if event is None:
            if request.image_id is not None:
                state.image(request.image_id)
            wanted = classes if before is None else _on_present_classes(state, before, classes)
            event = state.append(request, Outcome(classes=class_change(state, wanted)))
        return changed(state, event)


def undo(project: Project, request: Request, of: str | None) -> Changed:
    """Revert the author's latest change on the image; `of` is its id, if the client has it. Raises ConflictError."""
    with project.changing() as state:
        return changed(state, state.known(request) or state.undo(request, of))


def redo(project: Project, request: Request, of: str | None) -> Changed:
    """Restore the change that undo reverted last on the image. Raises ConflictError."""
    with project.changing() as state:
        return changed(state, state.known(request) or state.redo(request, of))


def _image_id(request: Request) -> int:
    if request.image_id is None:
        raise InputError(f"the request {request.verb!r} names no image; add the id of an image")
    return request.image_id


def _edited(state: Log, wanted: Snapshot, kind: str, size_hw: tuple[int, int], version: str | None) -> AnnotationChange:
    state.class_row(wanted.class_id)
    before = state.annotation(wanted.id)
    if version is not None and before is not None and before.version != version:
        raise OutdatedAnnotationError(before)
    return AnnotationChange(before, edited(before, wanted, kind, size_hw))


def _on_present_classes(state: Log, before: Sequence[ClassRow], wanted: Sequence[ClassRow]) -> Classes:
    merged = merge_classes(tuple(before), tuple(check_classes(wanted)), tuple(state.classes()))
    if merged.unapplied:
        names = ", ".join(repr(row.name) for row in merged.unapplied)
        raise OutdatedError(f"another page has changed {names}; choose one of the versions")
    return merged.classes


def taken_boxes(state: Log, request: Request, taken: TakeRequest) -> Outcome:
    """Return the changes of `take`, for the image of the request."""
    image, before = state.measured_image(_image_id(request)), state.proposals(_image_id(request))
    before.check_version(taken.version)
    boxes = np.array(taken.boxes, np.float64)
    if not len(boxes) == len(taken.scores) == len(taken.class_ids):
        counts = f"{len(boxes)} boxes, {len(taken.scores)} scores and {len(taken.class_ids)} classes"
        raise InputError(f"expected a score and a class for each box, got {counts}")
    for class_id in set(taken.class_ids):
        state.class_row(class_id)
    accepted = [each.shape for each in state.annotations(image.id) if each.state == "accepted" and each.shape]
    is_new = overlaps_none(boxes, _boxes(accepted))
    new = [
        _taken_box(state, request, taken, number, before, image.size_hw) for number in np.flatnonzero(is_new).tolist()
    ]
    left = with_boxes(before, not_among(boxes_of(before), boxes))
    return Outcome(tuple(AnnotationChange(None, each) for each in new), proposals=(Change(before, left),))


def _taken_box(
    state: Log, request: Request, taken: TakeRequest, number: int, before: Proposals, size_hw: tuple[int, int]
) -> Snapshot:
    name = f"{request.id}-{number}"
    if state.annotation(name) is not None:
        raise ConflictError(f"annotation {name!r} exists already; use a new request id")
    shape = checked_shape(shape_to_json(shape_of(np.array(taken.boxes[number]), taken.oriented)), size_hw)
    made_by = Provenance(
        method=before.method,
        weights=before.weights,
        round=len(before.clicks),
        predicted_quality=taken.scores[number],
    )
    after: State = "accepted" if taken.kind == "accept" else "deleted"
    return Snapshot(name, before.image_id, taken.class_ids[number], after, shape, provenance=made_by)


def _boxes(shapes: Sequence[Json]) -> np.ndarray:
    return np.array([box_of(shape_from_json(shape)) for shape in shapes], np.float64).reshape(-1, 5)
