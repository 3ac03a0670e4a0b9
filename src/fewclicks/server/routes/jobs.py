"""Routes of model versions and training jobs."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from fewclicks.application import train
from fewclicks.application.models import Version
from fewclicks.application.workspace import Workspace
from fewclicks.jobs.project_training import ProjectTraining
from fewclicks.server.dependencies import Served
from fewclicks.server.job_schemas import (
    EmptyRequest,
    JobSchema,
    Method,
    ModelRequest,
    ModelsAnswer,
    ModelSchema,
    TrainingSchema,
    TrainRequest,
)
from fewclicks.store.jobs import JobRow

LOOK_SECONDS, ALIVE_SECONDS = 0.2, 15.0
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
        job=None if outlook is None or outlook.job is None else _job(served, outlook.job),
    )


def _training(outlook: train.Outlook) -> TrainingSchema:
    return TrainingSchema(
        finished=outlook.ready.finished,
        needed=outlook.ready.needed,
        boxes=outlook.ready.boxes,
        missing=outlook.ready.missing,
        install=outlook.install,
        minutes=train.MINUTES,
    )


@router.put("/models/{method}")
def put_model(method: Method, body: ModelRequest, served: Served) -> ModelsAnswer:
    """Make another version active."""
    served.models.choose(method, body.version)
    return get_models(method, served)


@router.post("/jobs")
def start(body: TrainRequest, served: Served) -> JobSchema:
    """Train on the images that are finished now."""
    minutes = train.MINUTES if body.minutes is None and body.steps is None else body.minutes
    role = body.method or served.models.first_trainable().role.name
    return _job(served, train.start(served, ProjectTraining(role, minutes=minutes, steps=body.steps)))


@router.get("/jobs/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, served: Served) -> StreamingResponse:
    """Send the latest job, now and after each change."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _stream(served, request.app.state.is_stopping), media_type="text/event-stream", headers=headers
    )


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: JobId, _body: EmptyRequest, served: Served) -> JobSchema:
    """Stop a job; its progress is saved."""
    return _job(served, served.jobs.cancel(job_id))


@router.post("/jobs/{job_id}/resume")
def resume(job_id: JobId, _body: EmptyRequest, served: Served) -> JobSchema:
    """Resume a job that was cancelled, interrupted or failed."""
    return _job(served, train.resume(served, job_id))


async def _stream(workspace: Workspace, is_stopping: Callable[[], bool]) -> AsyncIterator[str]:
    seen, sent_at = -1, time.monotonic()
    while not is_stopping():
        changes = workspace.jobs.changes
        if changes != seen:
            latest = await asyncio.to_thread(_latest, workspace)
            if latest is not None:
                yield f"event: job\ndata: {json.dumps(latest)}\n\n"
            seen, sent_at = changes, time.monotonic()
        elif time.monotonic() - sent_at > ALIVE_SECONDS:
            yield ": alive\n\n"
            sent_at = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


def _latest(workspace: Workspace) -> object:
    with workspace.project.reading() as log:
        rows = log.jobs.all()[:1]
    return _job(workspace, rows[0]).model_dump(mode="json") if rows else None


def _job(workspace: Workspace, row: JobRow) -> JobSchema:
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
