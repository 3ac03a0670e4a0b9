"""Masks that take the places of boxes when a person accepts them."""

from collections.abc import Sequence
from dataclasses import replace

from fewclicks.store.editing import is_box
from fewclicks.store.events import AnnotationChange
from fewclicks.store.repository import Repository
from fewclicks.store.snapshots import Snapshot


def replaced_box(state: Repository, mask: Snapshot) -> Snapshot | None:
    """Return the accepted box whose place `mask` takes when it is accepted; None without one."""
    box = state.annotation(mask.replaces) if mask.replaces else None
    return box if box is not None and is_box(box) else None


def with_replaced_boxes(state: Repository, changes: Sequence[AnnotationChange]) -> tuple[AnnotationChange, ...]:
    """Return the changes, and after them the deletion of each box whose place one of them gives to a mask.

    A box that `changes` contains already stays as they leave it.
    """
    accepted = [each.after for each in changes if each.after and each.before and _accepts(each.before, each.after)]
    boxes = {box.id: box for box in (replaced_box(state, mask) for mask in accepted) if box is not None}
    for each in changes:
        boxes.pop(each.id, None)
    return (*changes, *(AnnotationChange(box, replace(box, state="deleted")) for box in boxes.values()))


def _accepts(before: Snapshot, after: Snapshot) -> bool:
    return before.state == "proposed" and after.state == "accepted"
