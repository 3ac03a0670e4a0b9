"""The jobs of one project: one at a time, with a thread that stores its reports."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Thread
from typing import Literal

from fewclicks.errors import ConflictError, FewclicksError, StorageError
from fewclicks.jobs.curve import extended
from fewclicks.jobs.kinds import JobKind
from fewclicks.jobs.process import GRACE_SECONDS, JobProcess
from fewclicks.jobs.reports import Report
from fewclicks.store.jobs import RESUMABLE, JobRow
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Json

FOLDER = "jobs"  # in the project
log = logging.getLogger("fewclicks")


class JobRunner:
    """The runner of an open project's jobs, which stores their progress.

    Only this process writes to the store: a job reports its progress through a pipe.
    """

    def __init__(self, project: Project, on_done: Callable[[JobRow], Json] = lambda row: row.result) -> None:
        """`on_done` is called in another thread for each successful job, before its state is stored.

        It returns the result of the job. Jobs that ran when the last process ended become interrupted.
        """
        self._project, self._on_done = project, on_done
        self._state = Condition()
        self._running: int | None = None  # the job of process and thread
        self._process: JobProcess | None = None
        self._thread: Thread | None = None
        self._stopping: Literal["cancelled", "interrupted"] | None = None
        self.changes = 0  # grows with every change of a job
        if not project.read_only:
            self._clean_up()

    def folder(self, job_id: int) -> Path:
        """Return the folder of a job."""
        return self._project.folder / FOLDER / str(job_id)

    def is_resumable(self, row: JobRow) -> bool:
        """Return whether the job ended early and its folder exists."""
        return row.state in RESUMABLE and self.folder(row.id).is_dir()

    def start(self, kind: JobKind, prepare: Callable[[Path], None], request_id: str | None = None) -> JobRow:
        """Start a job whose folder `prepare` fills, and delete the folders of earlier jobs of its kind.

        request_id: made by the client; a repeated one returns the job that it started. Raises ConflictError while a
        job runs, the errors of `prepare`, and StorageError; nothing has changed then.
        """
        with self._state:
            self._project.check_writable()
            known = self._known(request_id, kind)
            return known or self._start(kind, prepare, request_id)

    def resume(self, kind: JobKind, job_id: int, request_id: str | None = None) -> JobRow:
        """Resume a job. Raises ConflictError when it cannot be resumed or another one runs.

        request_id: made by the client; a repeated one returns the job that it resumed.
        """
        with self._state:
            known = self._known(request_id, kind)
            if known is not None:
                return known
            self._check_is_free()
            with self._project.reading() as state:
                row = state.jobs.get(job_id)
            if row.kind != kind.name or not self.is_resumable(row):
                problem = f"it is {row.state}, or its folder is missing"
                raise ConflictError(f"job {job_id} cannot be resumed: {problem}; start a new one")
            requests = row.requests if request_id is None else (*row.requests, request_id)
            row = replace(row, state="waiting", message="", ended_at=None, requests=requests)
            self._store(row)
            return self._begin(kind, row)

    def cancel(self, job_id: int) -> JobRow:
        """Stop a job; its progress is saved. Raises NotFoundError; a job that has ended stays unchanged."""
        with self._project.reading() as state:
            row = state.jobs.get(job_id)
        self._stop("cancelled", job_id)
        with self._project.reading() as state:
            return state.jobs.get(row.id)

    def follow(self, job_id: int) -> Iterator[JobRow]:
        """Yield the job after each change, until it has ended."""
        last = -1
        while True:
            with self._state:
                while self.changes == last:
                    self._state.wait()
                last = self.changes
            with self._project.reading() as state:
                row = state.jobs.get(job_id)
            yield row
            if not row.is_alive:
                return

    def close(self) -> None:
        """Interrupt the running job, which can be resumed later."""
        self._stop("interrupted")

    # --- parts --------------------------------------------------------------------------------

    def _clean_up(self) -> None:
        for left in (self._project.folder / FOLDER).glob(".new-*"):  # of a server that was killed
            shutil.rmtree(left, ignore_errors=True)
        with self._project.changing() as state:
            for row in state.jobs.all():
                if row.is_alive:
                    state.jobs.put(replace(row, state="interrupted", ended_at=_now(), message=""))

    def _known(self, request_id: str | None, kind: JobKind) -> JobRow | None:
        if request_id is None:
            return None
        with self._project.reading() as state:
            row = state.jobs.of_request(request_id)
        if row is not None and row.kind != kind.name:
            raise ConflictError(f"request id {request_id!r} was used for another request; use a new id")
        return row

    def _start(self, kind: JobKind, prepare: Callable[[Path], None], request_id: str | None) -> JobRow:
        self._check_is_free()
        scratch = self._prepared(prepare)
        row = JobRow(kind.name, _now(), requests=() if request_id is None else (request_id,))
        with self._project.changing() as state:
            earlier = [each.id for each in state.jobs.all() if each.kind == kind.name]
            row = replace(row, id=state.jobs.add(row))
            shutil.rmtree(self.folder(row.id), ignore_errors=True)  # it may remain from a restored project
            os.rename(scratch, self.folder(row.id))
        for each in earlier:
            shutil.rmtree(self.folder(each), ignore_errors=True)
        return self._begin(kind, row)

    def _check_is_free(self) -> None:
        if self._process is not None:
            raise ConflictError("a job is running already; wait for its end or cancel it")

    def _prepared(self, prepare: Callable[[Path], None]) -> Path:
        try:
            (self._project.folder / FOLDER).mkdir(exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=self._project.folder / FOLDER))
        except OSError as error:
            problem = f"cannot write: {error.strerror}; check the permissions and the free space"
            raise StorageError(f"{self._project.folder}: {problem}") from error
        try:
            prepare(scratch)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return scratch

    def _begin(self, kind: JobKind, row: JobRow) -> JobRow:
        self._stopping = None
        try:
            self._process = JobProcess(kind, self.folder(row.id))
        except OSError as error:
            failed = replace(row, state="failed", ended_at=_now(), message=f"cannot start the job: {error.strerror}")
            self._store(failed)
            return failed
        self._running = row.id
        self._thread = Thread(target=self._watch, args=(self._process, row), name="job", daemon=True)
        self._thread.start()
        self._changed()
        return row

    def _watch(self, process: JobProcess, row: JobRow) -> None:
        end = None
        for report in process.reports():
            end = report if report.result is not None or report.failed is not None else end
            row = _updated(row, report)
            self._store(row)
        row = self._ended(process, row, end)
        with self._state:
            self._process = None
        self._store(row)

    def _ended(self, process: JobProcess, row: JobRow, end: Report | None) -> JobRow:
        row = replace(row, ended_at=_now())
        if end is not None and end.result is not None:
            done = replace(row, state="done", progress=1.0, message="", result=end.result)
            try:
                done = replace(done, result=self._on_done(done))
            except FewclicksError as error:
                done = replace(done, message=str(error))
            except Exception as error:
                log.error("the end of job %d failed", row.id, exc_info=error)
                done = replace(done, message=f"the job has ended, but its result is not in use: {error}")
            shutil.rmtree(self.folder(row.id), ignore_errors=True)
            return done
        if self._stopping is not None:
            return replace(row, state=self._stopping, message="")
        reason = end.failed if end is not None and end.failed else process.last_words()
        return replace(row, state="failed", message=reason)

    def _stop(self, reason: Literal["cancelled", "interrupted"], job_id: int | None = None) -> None:
        with self._state:
            process, thread, running = self._process, self._thread, self._running
            if thread is None or job_id not in (None, running):
                return
            self._stopping = self._stopping or reason
        if process is not None:
            process.stop()
        thread.join(GRACE_SECONDS + 2)

    def _store(self, row: JobRow) -> None:
        try:
            with self._project.changing() as state:
                state.jobs.put(row)
        except StorageError as error:  # the work continues; the next report is stored again
            log.error("cannot store the progress of job %d: %s", row.id, error)
        self._changed()

    def _changed(self) -> None:
        with self._state:
            self.changes += 1
            self._state.notify_all()


def _updated(row: JobRow, report: Report) -> JobRow:
    """Return the running job with the values of a report."""
    progress = row.progress if report.progress is None else min(max(report.progress, 0.0), 1.0)
    message = row.message if report.message is None else report.message
    curve = extended(row.curve, report.points)
    return replace(row, state="running", progress=progress, message=message, curve=curve)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
