"""Between the store's rows and the REST contract."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC

from fewclicks import __version__
from fewclicks.server import schemas
from fewclicks.server.services import Services
from fewclicks.store.events import Event
from fewclicks.store.log import Log
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import ClassRow, ImageSummary
from fewclicks.store.snapshots import Snapshot


def snapshot_of(annotation: schemas.AnnotationSchema) -> Snapshot:
    """The annotation that a client sent; what the project owns in it is not taken over (see store/editing.py)."""
    return Snapshot(
        annotation.id,
        annotation.image_id,
        annotation.class_id,
        annotation.state,
        annotation.shape.model_dump(mode="json") if annotation.shape else None,
        crowd=annotation.crowd,
    )


def annotation_of(snapshot: Snapshot) -> schemas.AnnotationSchema:
    values = {
        "id": snapshot.id,
        "image_id": snapshot.image_id,
        "class_id": snapshot.class_id,
        "state": snapshot.state,
        "shape": snapshot.shape,
        "base": snapshot.base,
        "crowd": snapshot.crowd,
        "prompts": list(snapshot.prompts),
        "provenance": asdict(snapshot.provenance),
    }
    return schemas.AnnotationSchema.model_validate(values)


def proposals_of(proposals: Proposals) -> schemas.ProposalsSchema:
    return schemas.ProposalsSchema.model_validate(proposals.to_plain())


def summary_of(row: ImageSummary) -> schemas.ImageSummary:
    return schemas.ImageSummary.model_validate({**asdict(row), "large": row.large, "in_parts": row.in_parts})


def class_of(row: ClassRow) -> schemas.ClassSchema:
    return schemas.ClassSchema(id=row.id, name=row.name, color=row.color, policy=row.policy)


def class_rows(classes: Sequence[schemas.ClassSchema]) -> list[ClassRow]:
    return [ClassRow(row.id, row.name.strip(), row.color, row.policy) for row in classes]


def undo_state(log: Log) -> schemas.UndoState:
    """What undo and redo would do now."""
    return schemas.UndoState(**asdict(log.undo_words()))


def change_answer(log: Log, event: Event) -> schemas.ChangeAnswer:
    """What `event` did, beside what the image and the history are now."""
    image_id, outcome = event.request.image_id, event.outcome
    return schemas.ChangeAnswer(
        kind=event.request.kind,
        image=None if image_id is None else summary_of(log.summary(image_id)),
        annotations=[annotation_of(each.after) for each in outcome.annotations if each.after],
        removed=[each.id for each in outcome.annotations if each.after is None],
        classes=[class_of(row) for row in log.classes()] if outcome.classes else None,
        proposals=proposals_of(outcome.proposals.after) if outcome.proposals else None,
        history=undo_state(log),
        saved_at=event.created_at.replace(tzinfo=UTC),
        model_ms=outcome.model_ms,
        error=outcome.error,
    )


def project_answer(services: Services, log: Log) -> schemas.ProjectAnswer:
    return schemas.ProjectAnswer(
        id=services.project.id,
        name=services.project.name,
        classes=[class_of(row) for row in log.classes()],
        methods=[schemas.MethodSchema(name=a.name, weights=a.weights) for a in services.assists.values()],
        hint=not log.was_accepted(),
        version=__version__,
    )
