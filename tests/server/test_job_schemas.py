"""The result of a job leaves the server as the job reported it, whatever kind of job it was."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fewclicks.server.schemas.jobs import JobSchema

TRAINED: dict[str, Any] = {
    "role": "detect",
    "version": "detect-1",
    "weights": "detect-1-0a1b2c3d",
    "training_images": 10,
    "objects": 30,
    "validation": {"images": 2, "map50": [0.4, 0.5], "before": {"weights": "detect-e890c57a", "map50": [0.0, 0.3]}},
    "finds_less": False,
    "replaces": None,
}
EARLY = {name: value for name, value in TRAINED.items() if name != "replaces"}


@pytest.mark.parametrize(
    "result",
    [
        TRAINED,
        EARLY,
        TRAINED | {"validation": None},
        TRAINED | {"masks": 3},
        {"version": "other-1"},
        {"counted": 5},
        {},
    ],
)
def test_a_result_is_sent_as_it_was_reported(result: dict[str, Any]) -> None:
    job = JobSchema(
        id=1,
        kind="train",
        state="done",
        progress=1.0,
        message="",
        started_at=datetime.now(UTC),
        ended_at=None,
        curve=[],
        result=result,
        resumable=False,
    )
    assert job.model_dump(mode="json")["result"] == result
