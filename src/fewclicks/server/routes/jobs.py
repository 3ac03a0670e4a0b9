"""Models and the training of a project's own: chosen, started, watched, cancelled, taken up again."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse

from fewclicks.errors import ConflictError
from fewclicks.jobs.detect_training import DetectTraining, prepare, readiness, start_weights
from fewclicks.jobs.kinds import INSTALL, KINDS, TRAIN_DETECT
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
from fewclicks.server.models import Model
from fewclicks.server.services import Served, Services
from fewclicks.store.jobs import JobRow

MINUTES = 10.0  # of a training, unless a person says otherwise
LOOK_SECONDS, ALIVE_SECONDS = 0.2, 15.0
JobId = Annotated[int, Path(ge=1, lt=2**53)]
router = APIRouter(prefix="/api")


@router.get("/models/{method}")
def get_models(method: Method, services: Served) -> ModelsAnswer:
    """What can answer for a method, and what training another one would take."""
    with services.project.reading() as log:
        ready, job = readiness(log), log.jobs.latest(TRAIN_DETECT.name)
    assist = services.assists.get(method)
    return ModelsAnswer(
        method=method,
        models=[_model(each) for each in services.models.listed(method)],
        chosen=services.models.chosen(method),
        weights=None if assist is None else assist.weights,
        training=TrainingSchema(
            finished=ready.finished,
            needed=ready.needed,
            boxes=ready.boxes,
            missing=ready.missing,
            install=None if TRAIN_DETECT.is_installed else INSTALL,
            minutes=MINUTES,
        ),
        job=None if job is None else _job(services, job),
    )


@router.put("/models/{method}")
def put_model(method: Method, body: ModelRequest, services: Served) -> ModelsAnswer:
    """Let another version answer, at once and from now on."""
    services.models.choose(method, body.version)
    return get_models(method, services)


@router.post("/jobs")
def start(body: TrainRequest, services: Served) -> JobSchema:
    """Train on the images that are finished now."""
    _check_installed()
    minutes = MINUTES if body.minutes is None and body.steps is None else body.minutes
    training = DetectTraining(start_weights(), minutes, body.steps)
    return _job(services, services.jobs.start(TRAIN_DETECT, prepare(services.project, training)))


@router.get("/jobs/events", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def events(services: Served) -> StreamingResponse:
    """The latest job, now and whenever it changes."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(services), media_type="text/event-stream", headers=headers)


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: JobId, _body: EmptyRequest, services: Served) -> JobSchema:
    """Stop a job; what it has reached is kept."""
    return _job(services, services.jobs.cancel(job_id))


@router.post("/jobs/{job_id}/resume")
def resume(job_id: JobId, _body: EmptyRequest, services: Served) -> JobSchema:
    """Go on with a job that was cancelled or interrupted or failed."""
    _check_installed()
    with services.project.reading() as log:
        kind = KINDS.get(log.jobs.get(job_id).kind)
    if kind is None:
        raise ConflictError(f"job {job_id} is of a kind that this fewclicks does not know")
    return _job(services, services.jobs.resume(kind, job_id))


def _check_installed() -> None:
    if not TRAIN_DETECT.is_installed:
        raise ConflictError(f"training needs more packages: {INSTALL}")


async def _stream(services: Services) -> AsyncIterator[str]:
    seen, spoke = -1, time.monotonic()
    while not services.is_stopping():
        changes = services.jobs.changes
        if changes != seen:
            latest = await asyncio.to_thread(_latest, services)
            if latest is not None:
                yield f"event: job\ndata: {json.dumps(latest)}\n\n"
            seen, spoke = changes, time.monotonic()
        elif time.monotonic() - spoke > ALIVE_SECONDS:
            yield ": alive\n\n"
            spoke = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


def _latest(services: Services) -> object:
    with services.project.reading() as log:
        rows = log.jobs.all()[:1]
    return _job(services, rows[0]).model_dump(mode="json") if rows else None


def _job(services: Services, row: JobRow) -> JobSchema:
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
        resumable=services.jobs.is_resumable(row),
    )


def _model(model: Model) -> ModelSchema:
    card = model.card
    return ModelSchema(
        version=model.version,
        summary=card.summary if card else "",
        data=[*card.data] if card else [],
        licence=card.licence if card else "",
        figures=card.figures if card else {},
        megabytes=round(model.megabytes, 1),
        made_at=model.made_at,
        problem=model.problem,
    )
