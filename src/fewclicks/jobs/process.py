"""A job as a process: the last in the queue for the processor, and out of the way soon after it is asked to stop."""

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
    """A running job. It ends when asked to, when nobody listens to it any more, or by itself."""

    def __init__(self, kind: JobKind, folder: Path) -> None:
        """Start it. Raises OSError when it cannot be started."""
        self._errors = folder / ERRORS
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [*kind.command, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl+C in a terminal is for the one who started it
            )
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it may be over already
                os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        self._kill: Timer | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def reports(self) -> Iterator[Report]:
        """What it says, until it ends."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                report = read_report(line)
                if report is not None:
                    yield report
        self._process.wait()
        if self._kill is not None:
            self._kill.cancel()

    def stop(self) -> None:
        """Ask it to keep what it has and end; soon after it is ended anyway."""
        if self._kill is None and self._process.poll() is None:
            self._process.terminate()
            self._kill = Timer(GRACE_SECONDS, self._process.kill)
            self._kill.daemon = True
            self._kill.start()

    def last_words(self) -> str:
        """How it ended, in one line, when it did not say so itself."""
        code = self._process.returncode
        how = f"it ended with status {code}"
        if code is not None and code < 0:
            how = f"it was ended by {_signal_name(-code)}"
            if -code == signal.SIGKILL:
                how += ", perhaps for want of memory"
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
