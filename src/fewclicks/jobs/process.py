"""The process of a job, with low priority and a limited time to stop."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer

from fewclicks.jobs.kinds import JobKind
from fewclicks.jobs.reports import Report, read_report

NICENESS = 10  # of 19: clicks are answered first
GRACE_SECONDS = 8.0  # for a checkpoint, before the process is killed
ERRORS = "errors.txt"


class JobProcess:
    """A running job; it also ends when this process does, which closes its input."""

    def __init__(self, kind: JobKind, folder: Path) -> None:
        """Start the process. Raises OSError."""
        self._errors = folder / ERRORS
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*kind.command, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl+C in a terminal stops only the server
            )
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it may have ended already
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        self._kill: Timer | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def reports(self) -> Iterator[Report]:
        """Yield the reports of the process until it ends."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                report = read_report(line)
                if report is not None:
                    yield report
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._kill is not None:
            self._kill.cancel()

    def stop(self) -> None:
        """Terminate the process, so that it saves a checkpoint; kill it after GRACE_SECONDS."""
        if self._kill is None and self._process.poll() is None:
            self._process.terminate()
            self._kill = Timer(GRACE_SECONDS, self._process.kill)
            self._kill.daemon = True
            self._kill.start()

    def last_words(self) -> str:
        """Return in one line how the process ended, if it sent no last report."""
        code = self._process.returncode
        how = f"the job ended with status {code}"
        if code is not None and code < 0:
            how = f"the job was ended by {_signal_name(-code)}"
            if -code == signal.SIGKILL:
                how += ", possibly because memory was full; close other programs and resume"
        with suppress(OSError):
            lines = self._errors.read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((" ".join(line.split()) for line in reversed(lines) if line.strip()), "")
            return f"{how}: {last[:300]}" if last else how
        return how


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
