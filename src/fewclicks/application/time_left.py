"""The time that a job still needs, from the images that it has done in this run."""

import time
from collections.abc import Sequence

import numpy as np

from fewclicks.methods.project_training import Progress

LEAST_PIXELS = 1_000_000  # smaller images hardly take less time


class TimeLeft:
    """The progress of a job over images of these sizes; time is proportional to pixels, from LEAST_PIXELS on.

    objects: the number of objects in each image, for a job that asks about single objects. Their answers take time of
    their own, the same for each. Images that an earlier run has done, and those without an answer, count for the
    progress but not for the time.
    """

    def __init__(self, sizes_hw: Sequence[tuple[int, int]], objects: Sequence[int] = ()) -> None:
        pixels = np.array([max(height * width, LEAST_PIXELS) for height, width in sizes_hw], np.float64)
        counts = np.array(objects or [0] * len(sizes_hw), np.float64)
        self._work = np.stack([pixels / LEAST_PIXELS, counts], axis=1)
        self._total, self._reached = self._work.sum(0), np.zeros(2)
        self._timed, self._seconds = np.zeros(2), np.zeros(2)

    def skip(self, number: int) -> None:
        """Count an image that took no time in this run."""
        self._reached += self._work[number]

    def done(self, number: int, opening: float, answers: float = 0.0) -> None:
        """Count an image that this run has opened and answered in these seconds."""
        self._reached += self._work[number]
        self._timed += self._work[number]
        self._seconds += (opening, answers) if self._work[number, 1] else (opening + answers, 0.0)

    def progress(self, number: int, part: float) -> float:
        """Return the part of the whole work that is done, 0..1, with a `part` of the present image."""
        return float((self._reached + part * self._work[number]).sum() / self._total.sum())

    def left(self, number: int, part: float) -> str:
        """Return the time left in words; empty before the first image of this run is done."""
        if not self._timed.any():
            return ""
        work = self._total - self._reached - part * self._work[number]
        rates = self._seconds / np.maximum(self._timed, 1)
        return in_words(float((work * rates).sum()))


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
