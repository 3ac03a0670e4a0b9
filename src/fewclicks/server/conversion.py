"""Conversions between rows of the store and the REST contract."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC

from fewclicks import __version__
from fewclicks.application.changed import Changed
from fewclicks.application.models import Installed, Models
from fewclicks.application.workspace import Workspace
from fewclicks.methods.registry import method_of as method_of_role
from fewclicks.methods.spec import Role
from fewclicks.server.schemas import annotations, changes, images, project, suggestions, undo
from fewclicks.store.events import UndoWords
from fewclicks.store.log import Log
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import ClassRow, ImageSummary
from fewclicks.store.snapshots import Snapshot


def snapshot_of(annotation: annotations.AnnotationSchema) -> Snapshot:
    """Return the annotation that a client sent, without the values that belong to the project (store/editing.py)."""
    return Snapshot(
        annotation.id,
        annotation.image_id,
        annotation.class_id,
        annotation.state,
        annotation.shape.model_dump(mode="json") if annotation.shape else None,
        crowd=annotation.crowd,
    )


def annotation_of(snapshot: Snapshot) -> annotations.AnnotationSchema:
    """Return the annotation for the page."""
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
        "version": snapshot.version,
    }
    return annotations.AnnotationSchema.model_validate(values)


def proposals_of(proposals: Proposals) -> suggestions.ProposalsSchema:
    """Return the class clicks and suggestions of an image for the page."""
    shown = suggestions.ProposalsSchema.model_fields
    plain = {name: value for name, value in proposals.to_plain().items() if name in shown}
    return suggestions.ProposalsSchema.model_validate(plain)


def summary_of(row: ImageSummary) -> images.ImageSummary:
    """Return a row of the image list."""
    return images.ImageSummary.model_validate({**asdict(row), "large": row.large})


def class_of(row: ClassRow) -> project.ClassSchema:
    """Return the class for the page."""
    return project.ClassSchema.model_validate(asdict(row))


def class_rows(classes: Sequence[project.ClassSchema]) -> list[ClassRow]:
    """Return the classes that a client sent."""
    return [ClassRow(row.id, row.name.strip(), row.color, row.policy, row.overlaps) for row in classes]


def undo_state(words: UndoWords) -> undo.UndoState:
    """Return the changes that undo and redo would apply next."""
    return undo.UndoState(**asdict(words))


def change_answer(done: Changed) -> changes.ChangeAnswer:
    """Return the changes of an event, with the present image summary and undo state."""
    event, outcome = done.event, done.event.outcome
    return changes.ChangeAnswer(
        kind=event.request.kind,
        image=None if done.summary is None else summary_of(done.summary),
        annotations=[annotation_of(each.after) for each in outcome.annotations if each.after],
        removed=[each.id for each in outcome.annotations if each.after is None],
        classes=None if done.classes is None else [class_of(row) for row in done.classes],
        proposals=proposals_of(outcome.proposals[0].after) if outcome.proposals else None,
        history=undo_state(done.undo),
        kept=outcome.kept,
        saved_at=event.created_at.replace(tzinfo=UTC),
        model_ms=outcome.model_ms,
        error=outcome.error,
    )


def method_of(installed: Installed) -> project.MethodSchema:
    """Return the description of a model."""
    role, info, method = installed.role, installed.info, method_of_role(installed.role)
    return project.MethodSchema(
        name=role.name,
        method=method.name,
        title=method.title,
        summary=method.summary,
        task=role.task,
        prompts=[prompt.kind for prompt in role.prompts],
        examples=role.accepts_examples,
        version=info.version,
        weights=info.version,
        classes=[*info.classes],
        trainable=role.train_project is not None,
    )


def trainable_of(role: Role, models: Models) -> project.TrainableSchema:
    """Return a model that the project can train."""
    summary, trained = method_of_role(role).summary, models.chosen(role.name) is not None
    return project.TrainableSchema(name=role.name, summary=summary, task=role.task, trained=trained)


def project_answer(workspace: Workspace, log: Log) -> project.ProjectAnswer:
    """Return the project for the page."""
    return project.ProjectAnswer(
        id=workspace.project.id,
        name=workspace.project.name,
        classes=[class_of(row) for row in log.classes()],
        methods=[method_of(installed) for installed in workspace.models.active.values()],
        trainable=[trainable_of(role, workspace.models) for role in workspace.models.trainable()],
        hint=not log.was_accepted(),
        read_only=workspace.project.read_only,
        last_event=log.next_seq() - 1,
        version=__version__,
    )
