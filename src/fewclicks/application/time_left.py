"""The time that a job still needs, from the images that it has done in this run."""

import time
from collections.abc import Sequence

from fewclicks.methods.project_training import Progress

LEAST_PIXELS = 1_000_000  # smaller images hardly take less time


class TimeLeft:
    """The progress of a job over images of these sizes; time is proportional to pixels, from LEAST_PIXELS on.

    Images that an earlier run has done, and those without an answer, count for the progress but not for the time.
    """

    def __init__(self, sizes_hw: Sequence[tuple[int, int]]) -> None:
        self._work = [float(max(height * width, LEAST_PIXELS)) for height, width in sizes_hw]
        self._total, self._reached = sum(self._work), 0.0
        self._timed, self._seconds = 0.0, 0.0

    def skip(self, number: int) -> None:
        """Count an image that took no time in this run."""
        self._reached += self._work[number]

    def done(self, number: int, seconds: float) -> None:
        """Count an image that this run has done in `seconds`."""
        self._reached += self._work[number]
        self._timed += self._work[number]
        self._seconds += seconds

    def progress(self, number: int, part: float) -> float:
        """Return the part of the whole work that is done, 0..1, with a `part` of the present image."""
        return (self._reached + part * self._work[number]) / self._total

    def left(self, number: int, part: float) -> str:
        """Return the time left in words; empty before the first image of this run is done."""
        if not self._timed:
            return ""
        work = self._total - self._reached - part * self._work[number]
        return in_words(work * self._seconds / self._timed)


class TimedSteps:
    """Progress of a training run, with the time that its remaining steps need."""

    def __init__(self, told: Progress) -> None:
        self._told = told
        self._begun: tuple[float, float] | None = None  # the time and the progress of the first step of this run

    def say(self, progress: float, message: str) -> None:
        """Report progress and activity."""
        self._told.say(progress, message)

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """Report a step and the time left, from the second step on."""
        now = time.monotonic()
        began, first = self._begun = self._begun or (now, progress)
        left = (now - began) * (1 - progress) / (progress - first) if progress > first else None
        self._told.step(progress, message if left is None else f"{message}, {in_words(left)}", step, value)


def in_words(seconds: float) -> str:
    """Return a time left, rounded up: seconds, minutes or hours."""
    if seconds < 60:
        return f"about {max(1, -int(-seconds // 1))} s left"
    if seconds < 3600:
        return f"about {-int(-seconds // 60)} min left"
    return f"about {seconds / 3600:.1f} h left"
