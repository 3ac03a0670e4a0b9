"""Versions of annotations: whether a request was made when an annotation had another one, and whose change it was."""

from dataclasses import replace

from fewclicks.errors import OutdatedError
from fewclicks.store.log import Log
from fewclicks.store.snapshots import Snapshot


class OutdatedAnnotationError(OutdatedError):
    """A change of an annotation that another client has changed since.

    present: the annotation as it is now, or as it last was, with the state "deleted"; None: it never existed.
    """

    def __init__(self, present: Snapshot | None) -> None:
        self.present = present
        super().__init__("another page has changed this object; choose one of the versions")


def check_seen(state: Log, image_id: int, annotation_id: str, author: str, seen: str | None) -> Snapshot | None:
    """Return the annotation; raise OutdatedAnnotationError if others have changed it since its version `seen`.

    seen: "" for an annotation that did not exist; None: any. Changes by `author` since then do not count, such as
    earlier prompts, or answers about other regions. Without an author (""), every change counts.
    """
    present = state.annotation(annotation_id)
    if seen is None or _version(present) == seen:
        return present
    known = present
    for changed_by, change in state.changes_of(annotation_id, image_id):
        known = known or _deleted(change.before)
        if not author or changed_by != author:
            break
        if _version(change.before) == seen:
            return present
    raise OutdatedAnnotationError(known)


def _version(snapshot: Snapshot | None) -> str:
    return "" if snapshot is None else snapshot.version


def _deleted(snapshot: Snapshot | None) -> Snapshot | None:
    return snapshot and replace(snapshot, state="deleted")
