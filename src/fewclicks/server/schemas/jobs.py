"""The REST contract of models, and of the jobs that train them or ask them about many images.

GET  /api/models/{method}         ModelsAnswer
PUT  /api/models/{method}         ModelRequest -> ModelsAnswer (409: another version was chosen meanwhile)
POST /api/jobs                    TrainRequest -> JobSchema (409: one is running, or packages are missing)
POST /api/jobs/ask                AskRequest -> JobSchema (409: one is running)
GET  /api/jobs/{id}               JobSchema
POST /api/jobs/{id}/cancel        {} -> JobSchema, once it has ended
POST /api/jobs/{id}/resume        ResumeRequest -> JobSchema
GET  /api/jobs/events             server-sent events `job` with a JobSchema, now and after each change of the latest job
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from fewclicks.application.asking import AskedImages
from fewclicks.server.schemas.base import Id, ModelName, Number, Schema
from fewclicks.store.jobs import JobState

Method = ModelName


class Accuracy(Schema):
    """mAP at IoU 0.5 of a version (`weights`) after 0, 1, ... clicks."""

    weights: str
    map50: list[float]


class Validation(Schema):
    """mAP at IoU 0.5 on held-out `images` after 0, 1, ... clicks; `before`: of the version before it."""

    images: int
    map50: list[float]
    before: Accuracy | None


class TrainingResult(Schema):
    """What a job that trained a model made. `finds_less`: its mAP is lower than that of the version before it.

    `replaces`: the version that was active when the training was started, null: the shipped one.
    """

    role: str
    version: str
    weights: str
    training_images: int
    objects: int
    validation: Validation | None
    finds_less: bool
    replaces: str | None


class SkippedImages(Schema):
    """What was left out: the reason, the number of images, and the name of the first one.

    `objects`: the number of boxes in them that got no mask; 0 if the model answers about whole images.
    """

    reason: str
    images: int
    objects: int = 0
    first: str


class AskResult(Schema):
    """What a job that asked a model about many images left in them: suggested moves, and boxes, points or masks.

    `event`: undo it as a batch. `images`: those with an answer. `weights`: the version of the model.
    """

    role: str
    weights: str
    event: int
    images: int
    moves: int
    suggestions: int
    skipped: list[SkippedImages]


class HeldOut(Schema):
    """mAP and, by class name, AP at IoU 0.5 of a version, without clicks, on finished `images` that were held out."""

    images: int
    map50: float
    ap50: dict[str, float]


class RoundResult(AskResult):
    """What a learning round made: a version, its suggestions, and the questions about them.

    `boxes` and `answers`: answers with an object, and all answers, when it began. `classes`: the names of those that
    the version knows; `unlabelled`: those without a labelled object; `tightened`: those whose suggested boxes were
    tightened to masks. `measured`: null with too few finished images.
    `limits`: see `LimitsAnswer`.
    """

    version: str
    strategy: str
    training_images: int
    objects: int
    boxes: int
    answers: int
    classes: list[str]
    unlabelled: list[str]
    tightened: list[str] = Field(default_factory=list)
    measured: HeldOut | None
    questions: int
    limits: dict[int, float] = Field(default_factory=dict)


class JobSchema(Schema):
    """A job. `curve`: points (step, loss).

    `message`: the present activity, or one line on why it failed, or on why its result is not in use.

    `result` is empty until the job is done. `resumable`: the job ended early and can be resumed.
    """

    id: int
    kind: str
    state: JobState
    progress: float
    message: str
    started_at: datetime
    ended_at: datetime | None
    curve: list[tuple[float, float]]
    result: TrainingResult | AskResult | RoundResult | dict[str, Any] = Field(union_mode="left_to_right")
    resumable: bool


class ModelSchema(Schema):
    """A version of a model, null: the shipped one. `figures` are the metrics of its card."""

    version: str | None
    summary: str
    data: list[str]
    licence: str
    figures: dict[str, Any]
    megabytes: float
    made_at: datetime | None
    problem: str | None = None


class SettingSchema(Schema):
    """A setting of a training run. Names and limits follow JSON Schema.

    `default` is null if the setting has no default. `enum` lists the allowed values; empty: any value.
    """

    name: str
    type: Literal["integer", "number", "boolean", "string"]
    title: str
    description: str
    default: bool | int | float | str | None
    minimum: float | None
    exclusive_minimum: float | None
    maximum: float | None
    enum: list[str]


class TrainingSchema(Schema):
    """Whether the project can train a model: `missing` is one line on what is missing, or empty.

    `install` is the command that installs missing packages, or null. `settings`: the settings that `POST
    /api/jobs` accepts. `minutes`: the default length in minutes, as in the setting `minutes`.
    """

    finished: int
    needed: int
    boxes: int
    missing: str
    install: str | None
    minutes: float
    settings: list[SettingSchema]


class ModelsAnswer(Schema):
    """The versions of a model, the shipped one first, then the others from the newest to the oldest.

    `chosen` is the active version, null: the shipped one. `weights` is the name of the active version, null without
    any version. `training` is null for a model that cannot be trained on a project. `job`: the latest training run.
    """

    method: Method
    models: list[ModelSchema]
    chosen: str | None
    weights: str | None
    training: TrainingSchema | None
    job: JobSchema | None


class ModelRequest(Schema):
    """Make this version active; null: the shipped one.

    `before`: the version that the client saw as active. If another one is active, the request is refused (409,
    `outdated`). Without `before`, it is not checked.
    """

    version: Annotated[str, Field(max_length=100)] | None
    before: Annotated[str, Field(max_length=100)] | None = None


class TrainRequest(Schema):
    """Train a project model for a number of minutes on this machine, or of steps. A repeated `id` starts one job only.

    `settings`: values by setting name, as `GET /api/models/{method}` lists them. You can also pass `minutes` and
    `steps` outside `settings`.
    """

    id: Id | None = None
    method: Method | None = None  # without it, the first model that can be trained
    minutes: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None
    steps: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    settings: dict[str, bool | int | float | str] = Field(default_factory=dict)


class AskRequest(Schema):
    """Ask a model of the task `boxes` or `points` about many images; its answers become suggestions, as one event.

    A model of the task `mask` that takes boxes suggests a mask for each accepted box of `class_id`, null: of every
    class. `images`: all, or those with or without accepted annotations. `examples`: also use prompts in other images.
    A repeated `id` starts one job.
    """

    id: Id | None = None
    method: Method
    images: AskedImages = "all"
    examples: bool = True
    class_id: Number | None = None


class ResumeRequest(Schema):
    """Resume a job; a repeated `id` resumes it once."""

    id: Id | None = None


class EmptyRequest(Schema):
    """An empty body."""
