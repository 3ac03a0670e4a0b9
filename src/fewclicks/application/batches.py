"""The undo of an event that changed many images."""

from dataclasses import dataclass

from fewclicks.errors import NotFoundError
from fewclicks.store.events import Request
from fewclicks.store.project import Project


@dataclass(frozen=True, slots=True)
class UndoneBatch:
    """The result of undoing a batch: the number of annotations restored or removed, and of images that changed.

    kept: the number of annotations and suggestions that stay because they have changed since.
    """

    event: int
    kind: str
    restored: int
    images: int
    kept: int


def undo_batch(project: Project, request_id: str, event: int, author: str = "") -> UndoneBatch:
    """Undo a batch, even after other work; what has changed since stays. A repeated `request_id` undoes nothing more.

    Raises NotFoundError for an event that is not a batch, ConflictError for a reused id.
    """
    with project.changing() as log:
        if event not in {batch.event for batch in log.batches.all()}:
            raise NotFoundError(f"event {event} is not a batch; choose an event that GET /api/batches lists")
        request = Request(request_id, "undo-batch", "undo-batch", {"event": event}, author=author)
        undone = log.known(request) or log.revert(request, event)
    outcome = undone.outcome
    objects = [each.before or each.after for each in outcome.annotations]
    images = {each.image_id for each in objects if each} | {each.after.image_id for each in outcome.proposals}
    return UndoneBatch(event, undone.request.kind, len(outcome.annotations), len(images), outcome.kept)
