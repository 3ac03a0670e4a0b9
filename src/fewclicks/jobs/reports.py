"""What a job says to the process that started it: a line of JSON at a time."""

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
    """How far a job is (0..1), what it is doing, and new points of its curve; at the end the result, or what failed."""

    progress: float | None = None
    message: str | None = None
    points: Curve = ()
    result: Json | None = None
    failed: str | None = None


def read_report(line: str) -> Report | None:
    """None for what is no report: the last line of a process that was killed may be half of one."""
    try:
        plain = json.loads(line)
        return Report(**plain | {"points": tuple((float(step), float(value)) for step, value in plain["points"])})
    except (ValueError, TypeError, KeyError):
        return None


class Reporter:
    """Takes standard output for reports; whatever else is printed goes to standard error from here on."""

    def __init__(self) -> None:
        self._out: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._points: Curve = ()
        self._last = float("-inf")

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """Where a training is; most steps are said together with later ones."""
        self._points = (*self._points, (step, value))
        if time.monotonic() - self._last >= EVERY_SECONDS:
            self.say(progress, message)

    def say(self, progress: float, message: str) -> None:
        self._send(Report(progress, message, self._points))
        self._points, self._last = (), time.monotonic()

    def done(self, result: Json) -> None:
        self._send(Report(1.0, "", self._points, result=result))

    def failed(self, reason: str) -> None:
        self._send(Report(points=self._points, failed=" ".join(reason.split())))

    def _send(self, report: Report) -> None:
        """Raises KeyboardInterrupt when nobody listens any more: the work is to stop where it is."""
        try:
            self._out.write(json.dumps(asdict(report)) + "\n")
            self._out.flush()
        except BrokenPipeError as error:
            raise KeyboardInterrupt from error
