"""Reports of a job to the server: one line of JSON each."""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import TextIO

from fewclicks.store.jobs import Curve
from fewclicks.store.snapshots import Json

EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """Progress (0..1), present activity and new points of the curve; at the end the result or the error."""

    progress: float | None = None
    message: str | None = None
    points: Curve = ()
    result: Json | None = None
    failed: str | None = None


def read_report(line: str) -> Report | None:
    """Parse a report; return None for another line, such as an incomplete one of a killed process."""
    try:
        plain = json.loads(line)
        return Report(**plain | {"points": tuple((float(step), float(value)) for step, value in plain["points"])})
    except (ValueError, TypeError, KeyError):
        return None


class Reporter:
    """A sender of reports on standard output, which redirects other output to standard error."""

    def __init__(self) -> None:
        self._out: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._points: Curve = ()
        self._last = float("-inf")

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """Report a step of a training run; most steps are sent together with later ones."""
        self._points = (*self._points, (step, value))
        if time.monotonic() - self._last >= EVERY_SECONDS:
            self.say(progress, message)

    def say(self, progress: float, message: str) -> None:
        """Report progress and activity."""
        self._send(Report(progress, message, self._points))
        self._points, self._last = (), time.monotonic()

    def done(self, result: Json) -> None:
        """Report the result."""
        self._send(Report(1.0, "", self._points, result=result))

    def failed(self, reason: str) -> None:
        """Report an error in one line."""
        self._send(Report(points=self._points, failed=" ".join(reason.split())))

    def _send(self, report: Report) -> None:
        """Send a report. Raises KeyboardInterrupt, which stops the work, when the output is no longer read."""
        try:
            self._out.write(json.dumps(asdict(report)) + "\n")
            self._out.flush()
        except BrokenPipeError as error:
            raise KeyboardInterrupt from error


class Stage:
    """A part of a job with several: its progress, 0..1, is reported as `low` to `high` of the whole."""

    def __init__(self, reporter: Reporter, low: float, high: float) -> None:
        self._reporter, self._low, self._high = reporter, low, high

    def say(self, progress: float, message: str) -> None:
        """Report progress and activity."""
        self._reporter.say(self._of_whole(progress), message)

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """Report a step of a training run."""
        self._reporter.step(self._of_whole(progress), message, step, value)

    def _of_whole(self, progress: float) -> float:
        return self._low + (self._high - self._low) * progress
