"""Jobs as real processes: started, cancelled, crashed, interrupted and taken up again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fewclicks.errors import ConflictError, InputError, NotFoundError
from fewclicks.jobs.curve import MOST_POINTS, extended
from fewclicks.jobs.kinds import JobKind
from fewclicks.jobs.reports import read_report
from fewclicks.jobs.runner import JobRunner
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project

from .conftest import COUNTING, plan


def ended(runner: JobRunner, row: JobRow) -> JobRow:
    return list(runner.follow(row.id))[-1]


def counting(runner: JobRunner, row: JobRow) -> JobRow:
    """The job once it has said something."""
    return next(each for each in runner.follow(row.id) if each.state == "running")


def counted(runner: JobRunner, row: JobRow) -> int:
    return int((runner.folder(row.id) / "counted").read_text())


def test_a_job_runs_behind_the_others_tells_how_far_it_is_and_reports(runner: JobRunner, project: Project) -> None:
    row = runner.start(COUNTING, plan(3, 0.1))
    assert (row.id, row.kind, row.state, row.progress) == (1, "count", "waiting", 0)
    done = ended(runner, row)
    assert (done.state, done.progress, done.message) == ("done", 1, "")
    assert done.result == {"counted": 3, "nice": os.nice(0) + 10}
    assert done.curve == ((1, 1), (2, 0.5), (3, 1 / 3))
    assert done.ended_at is not None
    assert done.ended_at >= row.started_at
    with project.reading() as state:
        assert state.jobs.all() == [done]


def test_only_one_runs_at_a_time(runner: JobRunner, project: Project) -> None:
    first = runner.start(COUNTING, plan(100, 0.1))
    with pytest.raises(ConflictError, match="a job is running already"):
        runner.start(COUNTING, plan(1))
    with pytest.raises(ConflictError, match="a job is running already"):
        runner.resume(COUNTING, first.id)
    with project.reading() as state:
        assert len(state.jobs.all()) == 1


def test_cancelled_it_stops_at_once_keeps_what_it_has_and_goes_on_from_there(runner: JobRunner) -> None:
    row = counting(runner, runner.start(COUNTING, plan(40, 0.05)))
    started = time.monotonic()
    cancelled = runner.cancel(row.id)
    assert time.monotonic() - started < 2
    assert (cancelled.state, cancelled.message) == ("cancelled", "")
    reached = counted(runner, row)
    assert 0 < reached < 40
    assert runner.cancel(row.id) == cancelled, "a second time nothing changes"
    again = runner.resume(COUNTING, row.id)
    assert (again.id, again.state, again.curve) == (row.id, "waiting", cancelled.curve)
    done = ended(runner, again)
    assert (done.state, done.result["counted"]) == ("done", 40)
    steps = [step for step, _ in done.curve]
    assert steps == sorted(set(steps))
    assert done.started_at == row.started_at


def test_one_that_does_not_listen_is_ended_anyway(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewclicks.jobs.process.GRACE_SECONDS", 0.3)
    row = runner.start(COUNTING, plan(1000, 0.02, deaf_at=1))
    counting(runner, row)
    assert runner.cancel(row.id).state == "cancelled"


def test_a_failure_is_one_line_and_can_be_tried_again(runner: JobRunner) -> None:
    failed = ended(runner, runner.start(COUNTING, plan(5, raise_at=3)))
    assert (failed.state, failed.message) == ("failed", "ValueError: 3 is unlucky")
    assert "Traceback" in (runner.folder(failed.id) / "errors.txt").read_text()
    assert ended(runner, runner.resume(COUNTING, failed.id)).result["counted"] == 5


def test_a_crash_is_told_with_its_last_line(runner: JobRunner) -> None:
    crashed = ended(runner, runner.start(COUNTING, plan(5, die_at=3)))
    assert crashed.state == "failed"
    assert crashed.message.startswith("the job was ended by SIGKILL, possibly because memory was full; ")
    assert crashed.message.endswith(": the last words")


def test_what_cannot_be_started_is_told(runner: JobRunner) -> None:
    row = runner.start(JobKind("count", ("/nowhere/python",)), plan(1))
    assert (row.state, row.message) == ("failed", "cannot start the job: No such file or directory")
    assert ended(runner, runner.start(COUNTING, plan(1))).state == "done", "and is not in the way"


def test_a_preparation_that_fails_leaves_nothing(runner: JobRunner, project: Project) -> None:
    def refuse(_: Path) -> None:
        raise InputError("too few images")

    with pytest.raises(InputError, match="too few images"):
        runner.start(COUNTING, refuse)
    assert list((project.folder / "jobs").iterdir()) == []
    with project.reading() as state:
        assert state.jobs.all() == []


def test_what_is_left_of_the_job_before_goes_with_the_next_one(runner: JobRunner) -> None:
    first = ended(runner, runner.start(COUNTING, plan(2, raise_at=1)))
    assert runner.is_resumable(first)
    second = ended(runner, runner.start(COUNTING, plan(1)))
    assert not runner.is_resumable(first)
    assert not runner.is_resumable(second), "it is done"
    for row in (first, second):
        with pytest.raises(ConflictError, match=f"job {row.id} cannot be resumed"):
            runner.resume(COUNTING, row.id)
    with pytest.raises(NotFoundError, match="no job 7"):
        runner.cancel(7)
    with pytest.raises(NotFoundError, match="no job 7"):
        runner.resume(COUNTING, 7)


def test_closed_it_is_interrupted_and_goes_on_in_the_next_session(folder: Path) -> None:
    with Project(folder) as project:
        runner = JobRunner(project)
        row = counting(runner, runner.start(COUNTING, plan(40, 0.05)))
        runner.close()
        with project.reading() as state:
            assert state.jobs.get(row.id).state == "interrupted"
    reached = counted(runner, row)
    with Project(folder) as project:
        runner = JobRunner(project)
        done = ended(runner, runner.resume(COUNTING, row.id))
        assert done.result["counted"] == 40
        assert reached < 40
        runner.close()


OWNER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from jobs.conftest import COUNTING, plan
from fewclicks.jobs.runner import JobRunner
from fewclicks.store.project import Project
runner = JobRunner(Project(Path(sys.argv[1])))
row = runner.start(COUNTING, plan(500, 0.1, silent_from=int(sys.argv[3])))
next(each for each in runner.follow(row.id) if each.state == "running")
print("counting", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("silent_from", [1, 500])
def test_when_its_owner_is_killed_it_ends_by_itself_and_is_interrupted(folder: Path, silent_from: int) -> None:
    command = [sys.executable, "-c", OWNER, str(folder), str(Path(__file__).parents[1]), str(silent_from)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "counting\n"
        owner.send_signal(signal.SIGKILL)
    with Project(folder) as project:
        runner = JobRunner(project)
        with project.reading() as state:
            (row,) = state.jobs.all()
        assert (row.state, runner.is_resumable(row)) == ("interrupted", True)
        (runner.folder(1) / "plan.json").write_text('{"to": 1, "seconds": 0}')
        done = ended(runner, runner.resume(COUNTING, 1))  # it waits for the orphan to notice that its server is gone
        assert done.state == "done"
        assert 1 <= done.result["counted"] < 500
        runner.close()


def test_an_end_that_fails_ends_the_job_all_the_same(project: Project) -> None:
    def fail(_: JobRow) -> None:
        raise ValueError("no such model")

    runner = JobRunner(project, fail)
    done = ended(runner, runner.start(COUNTING, plan(1)))
    assert (done.state, done.message) == ("done", "the job has ended, but its result is not in use: no such model")
    assert ended(runner, runner.start(COUNTING, plan(1))).state == "done", "and is not in the way"
    runner.close()


def test_what_a_killed_server_prepared_is_removed(project: Project) -> None:
    left = project.folder / "jobs" / ".new-left"
    left.mkdir(parents=True)
    JobRunner(project).close()
    assert not left.exists()


def test_a_curve_stays_short_and_keeps_its_end() -> None:
    curve: tuple[tuple[float, float], ...] = ()
    for step in range(1, 5000):
        curve = extended(curve, ((float(step), 1 / step),))
    assert 50 < len(curve) <= MOST_POINTS
    assert curve[-1] == (4999, 1 / 4999)
    assert [point[0] for point in curve] == sorted(point[0] for point in curve)
    assert extended(curve, ((10.0, 7.0),))[-1] == (10, 7)
    assert extended(curve, ()) == curve


@pytest.mark.parametrize("line", ["", "{", "[]", '{"progress": 1}', '{"points": [[1]]}', '{"points": [], "more": 1}'])
def test_half_a_line_is_no_report(line: str) -> None:
    assert read_report(line) is None
