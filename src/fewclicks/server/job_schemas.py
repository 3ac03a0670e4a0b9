"""The part of the REST contract that is about models, and about the jobs that train them.

GET  /api/models/{method}         ModelsAnswer
PUT  /api/models/{method}         ModelRequest -> ModelsAnswer
POST /api/jobs                    TrainRequest -> JobSchema (409: one is running, or packages are missing)
POST /api/jobs/{id}/cancel        {} -> JobSchema, once it has ended
POST /api/jobs/{id}/resume        {} -> JobSchema
GET  /api/jobs/events             server-sent events: `job` with a JobSchema, now and whenever the latest job changes
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from fewclicks.server.schemas import Schema
from fewclicks.store.jobs import JobState

Method = Annotated[str, Field(min_length=1, max_length=100)]  # a model of `GET /api/methods`


class JobSchema(Schema):
    """Long work. `curve` are points (step, loss); `message` says what it does, or in one line why it failed.

    `result` is empty until the job is done. `resumable`: it ended early and can go on.
    """

    id: int
    kind: str
    state: JobState
    progress: float
    message: str
    started_at: datetime
    ended_at: datetime | None
    curve: list[tuple[float, float]]
    result: dict[str, Any]
    resumable: bool


class ModelSchema(Schema):
    """A model of a method. `version` null: the shipped one. `figures` are those of its card."""

    version: str | None
    summary: str
    data: list[str]
    licence: str
    figures: dict[str, Any]
    megabytes: float
    made_at: datetime | None
    problem: str | None = None


class TrainingSchema(Schema):
    """Whether the project can train a model of its own: `missing` says in one line what it lacks, else it is empty.

    `install` is the command that brings the packages, null when they are there.
    """

    finished: int
    needed: int
    boxes: int
    missing: str
    install: str | None
    minutes: float


class ModelsAnswer(Schema):
    """The versions of a model, the shipped one first, then the others from the newest to the oldest.

    `chosen` is active, and calls itself `weights`; null where none is shipped and none was added. `training` is null
    for a model that cannot be trained on a project. `job`: the latest training.
    """

    method: Method
    models: list[ModelSchema]
    chosen: str | None
    weights: str | None
    training: TrainingSchema | None
    job: JobSchema | None


class ModelRequest(Schema):
    """Let this version answer; null: the shipped model."""

    version: Annotated[str, Field(max_length=100)] | None


class TrainRequest(Schema):
    """Train the project's own model, for so many minutes of this machine or so many steps."""

    method: Method | None = None  # without it, the first model that can be trained
    minutes: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None
    steps: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class EmptyRequest(Schema):
    """Nothing but the wish."""
