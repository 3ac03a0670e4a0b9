"""Routes of learning rounds."""

from dataclasses import asdict

from fastapi import APIRouter

from fewclicks.application.asked import finished_rounds
from fewclicks.application.round_overview import overview
from fewclicks.application.rounds import RoundSettings, change_settings, learning_role, start_round
from fewclicks.ask.stopping import AHEAD
from fewclicks.server.dependencies import Author, Served
from fewclicks.server.routes.jobs import job_answer
from fewclicks.server.schemas.jobs import JobSchema
from fewclicks.server.schemas.rounds import (
    GainSchema,
    LimitsAnswer,
    RoundsAnswer,
    RoundSettingsSchema,
    StartRoundRequest,
)

router = APIRouter(prefix="/api/rounds")


@router.get("")
def get_rounds(served: Served) -> RoundsAnswer:
    """Return the rounds, what they led to, and their settings."""
    found = overview(served)
    return RoundsAnswer(
        settings=RoundSettingsSchema(**asdict(found.settings)),
        strategies=[*found.strategies],
        since=found.since,
        missing=found.missing,
        install=found.install,
        job=None if found.job is None else job_answer(served, found.job),
        points=[*found.points],
        finished=found.finished,
        needed=found.needed,
        gain=None if found.gain is None else GainSchema(answers=AHEAD, **asdict(found.gain)),
        unlabelled=found.unlabelled,
        total=found.total,
        classes=[*found.classes],
    )


@router.get("/limits")
def get_limits(served: Served) -> LimitsAnswer:
    """Return which suggestions of the latest round save time."""
    role = learning_role(served)
    with served.project.reading() as state:
        done = [] if role is None else finished_rounds(state, role)
    if not done:
        return LimitsAnswer(weights="", limits={})
    return LimitsAnswer(weights=done[0].result["weights"], limits=done[0].result.get("limits", {}))


@router.post("")
def post_round(body: StartRoundRequest, served: Served, author: Author) -> JobSchema:
    """Start a round with the answers that are in now."""
    return job_answer(served, start_round(served, author, body.id))


@router.put("/settings")
def put_settings(body: RoundSettingsSchema, served: Served) -> RoundsAnswer:
    """Change when rounds start, and how they train and ask."""
    change_settings(served.project, RoundSettings(**body.model_dump()))
    return get_rounds(served)
