"""The REST contract of learning rounds; `/api/jobs` cancels and resumes them.

GET  /api/rounds                  RoundsAnswer
POST /api/rounds                  StartRoundRequest -> JobSchema (409: a job is running; 422: nothing to learn from)
GET  /api/rounds/limits           LimitsAnswer
PUT  /api/rounds/settings         RoundSettingsSchema -> RoundsAnswer (404: no such strategy)
"""

from typing import Annotated

from pydantic import Field

from fewclicks.application.round_overview import RoundClass, RoundPoint
from fewclicks.ask.missing import Unlabelled
from fewclicks.server.schemas.base import Id, Schema
from fewclicks.server.schemas.jobs import JobSchema
from fewclicks.work.ledger import LedgerTotals


class RoundSettingsSchema(Schema):
    """`every`: answers from one round to the next; 0: none starts by itself. `steps`: of a training."""

    every: Annotated[int, Field(ge=0, le=100_000)]
    strategy: Annotated[str, Field(min_length=1, max_length=100)]
    steps: Annotated[int, Field(ge=1, le=100_000)]


class StartRoundRequest(Schema):
    """Start a round now; a repeated `id` starts one."""

    id: Id | None = None


class GainSchema(Schema):
    """The mAP that the next `answers` are expected to add, and the standard error of this estimate."""

    answers: int
    mean: float
    error: float


class RoundsAnswer(Schema):
    """The rounds of the project, oldest first, and the latest round as a job, which may still be running.

    `since`: answers since it was started. `missing`: one line on why no round can start, or empty. `install`: the
    command that installs missing packages, or null. `finished`: finished images with objects, of the `needed` ones from
    which on some are held out. `gain`: null while there are too few measured rounds. `unlabelled`: objects in images
    that are not done, null with too few finished images.
    """

    settings: RoundSettingsSchema
    strategies: list[str]
    since: int
    missing: str
    install: str | None
    job: JobSchema | None
    points: list[RoundPoint]
    finished: int
    needed: int
    gain: GainSchema | None
    unlabelled: Unlabelled | None
    total: LedgerTotals
    classes: list[RoundClass]


class LimitsAnswer(Schema):
    """Which suggestions of the latest round save time.

    `weights`: the version that made them; empty before the first round. `limits`: for each class id, the lowest
    confidence at which suggestions save time; above 1: none do. A class is left out if no image with suggestions of it
    was set to done after the last two rounds.
    """

    weights: str
    limits: dict[int, float]
