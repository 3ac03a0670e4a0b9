"""Routes of model versions, and of jobs that train models or ask them about many images."""

from dataclasses import asdict
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from fewclicks.application import resuming, train
from fewclicks.application.asking import Asking, start_asking
from fewclicks.application.models import Version
from fewclicks.application.workspace import Workspace
from fewclicks.server.dependencies import Author, Served
from fewclicks.server.schemas.jobs import (
    AskRequest,
    EmptyRequest,
    JobSchema,
    Method,
    ModelRequest,
    ModelsAnswer,
    ModelSchema,
    ResumeRequest,
    SettingSchema,
    TrainingSchema,
    TrainRequest,
)
from fewclicks.server.streaming import EVENTS, EventStream, followed, message
from fewclicks.store.jobs import JobRow

JobId = Annotated[int, Path(ge=1, lt=2**53)]
router = APIRouter(prefix="/api")


@router.get("/models/{method}")
def get_models(method: Method, served: Served) -> ModelsAnswer:
    """Return the versions of a model, and whether another one can be trained."""
    outlook, active = train.outlook(served, method), served.models.active.get(method)
    return ModelsAnswer(
        method=method,
        models=[_model(each) for each in served.models.listed(method)],
        chosen=served.models.chosen(method),
        weights=None if active is None else active.info.version,
        training=None if outlook is None else _training(outlook),
        job=None if outlook is None or outlook.job is None else job_answer(served, outlook.job),
    )


def _training(outlook: train.Outlook) -> TrainingSchema:
    return TrainingSchema(
        finished=outlook.ready.finished,
        needed=outlook.ready.needed,
        boxes=outlook.ready.boxes,
        missing=outlook.ready.missing,
        install=outlook.install,
        minutes=train.MINUTES,
        settings=[SettingSchema(**asdict(each)) for each in outlook.fields],
    )


@router.put("/models/{method}")
def put_model(method: Method, body: ModelRequest, served: Served) -> ModelsAnswer:
    """Make another version active."""
    if "before" in body.model_fields_set:
        served.models.choose_instead(method, body.before, body.version)
    else:
        served.models.choose(method, body.version)
    return get_models(method, served)


@router.post("/jobs")
def start(body: TrainRequest, served: Served) -> JobSchema:
    """Train on the images that are finished now."""
    role = body.method or served.models.first_trainable().name
    length = body.model_dump(include={"minutes", "steps"}, exclude_none=True)
    return job_answer(served, train.start(served, train.requested(role, body.settings | length), body.id))


@router.post("/jobs/ask")
def ask(body: AskRequest, served: Served, author: Author) -> JobSchema:
    """Ask a model about many images; its answers become suggestions in each image."""
    asking = Asking(body.method, body.images, body.examples, body.class_id, author)
    return job_answer(served, start_asking(served, asking, body.id))


@router.get("/jobs/events", response_class=Response, responses={200: EVENTS})
async def events(request: Request, served: Served) -> EventStream:
    """Send the latest job, now and after each change."""
    return EventStream(followed(request, lambda: served.jobs.changes, lambda: _latest(served)))


@router.get("/jobs/{job_id}")
def get_job(job_id: JobId, served: Served) -> JobSchema:
    """Return a job as it is now."""
    with served.project.reading() as log:
        return job_answer(served, log.jobs.get(job_id))


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: JobId, _body: EmptyRequest, served: Served) -> JobSchema:
    """Stop a job; its progress is saved."""
    return job_answer(served, served.jobs.cancel(job_id))


@router.post("/jobs/{job_id}/resume")
def resume(job_id: JobId, body: ResumeRequest, served: Served) -> JobSchema:
    """Resume a job that was cancelled, interrupted or failed."""
    return job_answer(served, resuming.resume(served, job_id, body.id))


def _latest(workspace: Workspace) -> str:
    with workspace.project.reading() as log:
        rows = log.jobs.all()[:1]
    return message("job", job_answer(workspace, rows[0]).model_dump(mode="json")) if rows else ""


def job_answer(workspace: Workspace, row: JobRow) -> JobSchema:
    """Return a job as a client sees it."""
    return JobSchema(
        id=row.id,
        kind=row.kind,
        state=row.state,
        progress=row.progress,
        message=row.message,
        started_at=row.started_at.replace(tzinfo=UTC),
        ended_at=row.ended_at and row.ended_at.replace(tzinfo=UTC),
        curve=[*row.curve],
        result=row.result,
        resumable=workspace.jobs.is_resumable(row),
    )


def _model(version: Version) -> ModelSchema:
    card = version.card
    return ModelSchema(
        version=version.version,
        summary=card.summary if card else "",
        data=[*card.data] if card else [],
        licence=card.licence if card else "",
        figures=card.figures if card else {},
        megabytes=round(version.megabytes, 1),
        made_at=version.made_at,
        problem=version.problem,
    )
