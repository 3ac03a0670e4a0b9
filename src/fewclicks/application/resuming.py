"""Jobs of every kind resumed."""

from fewclicks.application.asked import ASK, ROUND
from fewclicks.application.asking import kind_of_asking
from fewclicks.application.rounds import kind_of_round
from fewclicks.application.workspace import Workspace
from fewclicks.jobs import kinds
from fewclicks.jobs.kinds import JobKind
from fewclicks.store.jobs import JobRow


def resume(workspace: Workspace, job_id: int, request_id: str | None = None) -> JobRow:
    """Resume a job that was cancelled, interrupted or failed, once for each `request_id`. Raises ConflictError."""
    with workspace.project.reading() as log:
        kind = kind_of(log.jobs.get(job_id).kind)
    kind.check_installed()
    return workspace.jobs.resume(kind, job_id, request_id)


def kind_of(name: str) -> JobKind:
    """Return the kind of a stored job. Raises ConflictError for a kind that this version lacks."""
    if name.startswith(ROUND):
        return kind_of_round(name.removeprefix(ROUND))
    return kind_of_asking(name.removeprefix(ASK)) if name.startswith(ASK) else kinds.kind_of(name)
