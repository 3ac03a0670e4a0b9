"""Jobs of a project as stored: their state, progress and result."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Select, insert, select, update

from fewclicks.errors import NotFoundError
from fewclicks.store.snapshots import Json
from fewclicks.store.tables import JobTable

JobState = Literal["waiting", "running", "done", "cancelled", "failed", "interrupted"]
ALIVE: tuple[JobState, ...] = ("waiting", "running")
RESUMABLE: tuple[JobState, ...] = ("cancelled", "failed", "interrupted")

Curve = tuple[tuple[float, float], ...]
"""Points of a plot: step and value."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. `id` is 0 until it is stored; times are UTC without a zone.

    state: `waiting` until the first report of its process, `running`, then how it ended; `interrupted`: the server
    ended first. progress: 0..1. message: the present activity, or one line on why it failed. curve: the loss of a
    training run. result: the final report. requests: the ids of the requests that started and resumed it.
    """

    kind: str
    started_at: datetime
    id: int = 0
    state: JobState = "waiting"
    progress: float = 0.0
    message: str = ""
    ended_at: datetime | None = None
    curve: Curve = ()
    result: Json = field(default_factory=dict)
    requests: tuple[str, ...] = ()

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE


COLUMNS = [getattr(JobTable, name) for name in JobRow.__dataclass_fields__]


class Jobs:
    """The jobs of one project, read and changed in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[JobRow]:
        """Return every job, newest first."""
        return self._rows(select(*COLUMNS).order_by(JobTable.id.desc()))

    def latest(self, kind: str) -> JobRow | None:
        """Return the newest job of this kind, or None."""
        rows = self._rows(select(*COLUMNS).where(JobTable.kind == kind).order_by(JobTable.id.desc()).limit(1))
        return rows[0] if rows else None

    def get(self, job_id: int) -> JobRow:
        """Return the job. Raises NotFoundError."""
        rows = self._rows(select(*COLUMNS).where(JobTable.id == job_id))
        if not rows:
            raise NotFoundError(f"no job {job_id} in this project; reload the page")
        return rows[0]

    def of_request(self, request_id: str) -> JobRow | None:
        """Return the job that this request started or resumed, or None."""
        return next((row for row in self.all() if request_id in row.requests), None)

    def add(self, row: JobRow) -> int:
        """Store a new job and return its id."""
        values = {name: value for name, value in asdict(row).items() if name != "id"}
        return int(self._connection.execute(insert(JobTable).values(values).returning(JobTable.id)).scalar_one())

    def put(self, row: JobRow) -> None:
        """Store the new state of a job."""
        values = {name: value for name, value in asdict(row).items() if name != "id"}
        self._connection.execute(update(JobTable).where(JobTable.id == row.id).values(values))

    def _rows(self, query: Select[tuple[object, ...]]) -> list[JobRow]:
        found = (row._asdict() for row in self._connection.execute(query))
        return [_job(values) for values in found]


def _job(values: Json) -> JobRow:
    return JobRow(**values | {"curve": tuple(map(tuple, values["curve"])), "requests": tuple(values["requests"])})
