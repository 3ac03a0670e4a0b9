"""The time that a job over images still needs."""

import pytest

from fewclicks.application.time_left import TimedSteps, TimeLeft, in_words

SMALL, LARGE = (500, 800), (2000, 3000)


def test_the_first_image_of_a_run_tells_the_time_of_the_others() -> None:
    time = TimeLeft([SMALL, SMALL, LARGE])
    assert (time.progress(0, 0.0), time.left(0, 0.5)) == (0, "")
    time.done(0, 2.0)
    assert time.progress(1, 0.0) == pytest.approx(1 / 8)
    assert time.left(1, 0.0) == "about 14 s left", "6 megapixels take 6 times as long as a small image"
    time.done(1, 4.0)
    assert time.left(2, 0.5) == "about 9 s left"
    time.done(2, 18.0)


def test_images_of_an_earlier_run_count_for_the_progress_alone() -> None:
    time = TimeLeft([SMALL] * 4)
    time.skip(0)
    time.skip(1)
    assert (time.progress(2, 0.0), time.left(2, 0.0)) == (0.5, "")
    time.done(2, 3.0)
    assert (time.progress(3, 0.0), time.left(3, 0.0)) == (0.75, "about 3 s left")


def test_answers_about_single_objects_take_time_of_their_own() -> None:
    time = TimeLeft([SMALL, SMALL, LARGE], [10, 2, 20])
    time.done(0, 1.0, 30.0)
    assert time.left(1, 0.0) == "about 2 min left", "7 s of opening, 66 s of answers"
    time.done(1, 3.0, 6.0)
    assert time.left(2, 0.0) == "about 2 min left"
    assert time.left(2, 0.5) == "about 36 s left", "6 s of opening, 30 s of answers"
    assert time.progress(2, 0.5) == pytest.approx((12 + 2 + 13) / (32 + 8))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "about 1 s left"),
        (59.2, "about 60 s left"),
        (61, "about 2 min left"),
        (3599, "about 60 min left"),
        (5400, "about 1.5 h left"),
    ],
)
def test_times_are_rounded_up(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


class Told:
    """What a training run says."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def say(self, progress: float, message: str) -> None:
        self.messages.append(message)

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        self.say(progress, message)


def test_a_training_run_tells_the_time_of_its_remaining_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    told = Told()
    timed = TimedSteps(told)
    timed.say(0.1, "reading")
    for progress in (0.5, 0.75, 0.75, 1.0):  # a resumed run begins in the middle
        timed.step(progress, "training", 1, 0.0)
        now[0] += 10
    assert told.messages == [
        "reading",
        "training",
        "training, about 10 s left",
        "training, about 20 s left",
        "training, about 1 s left",
    ]
