"""Simulated people in several processes do what they would do in one."""

import os
import signal
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from fewclicks.errors import FewclicksError, InputError
from fewclicks.training.workers import Crowd, Kind, Row, default_workers

FAILING = 5  # an answer that a simulated person cannot read


class Adding:
    """People who add each answer to a random number of their slot."""

    def __init__(self) -> None:
        self.sums: dict[int, float] = {}

    @property
    def layout(self) -> Mapping[str, Kind]:
        return {"sum": Kind((2,), "float64"), "process": Kind((), "int64")}

    @property
    def answer(self) -> Kind:
        return Kind((), "float64")

    def begin(self, slot: int, step: int) -> Row:
        self.sums[slot] = float(np.random.default_rng([slot, step]).random())
        return self._row(slot)

    def go_on(self, slot: int, answer: np.ndarray) -> Row:
        if answer == FAILING:
            raise InputError("not a readable image; choose another file", Path("photo.jpg"))
        self.sums[slot] += float(answer)
        return self._row(slot)

    def _row(self, slot: int) -> Row:
        return {"sum": np.array([slot, self.sums[slot]]), "process": np.array(os.getpid())}


def sums_of(workers: int, batch: int = 3) -> list[np.ndarray]:
    """The rows of some steps, with a fresh start in the middle of a turn."""
    rows = []
    with closing(Crowd(Adding(), batch, workers)) as crowd:
        for step in (0, 7):
            crowd.begin(step)
            for answer in range(5):
                rows.append(crowd.batch()["sum"].copy())
                crowd.answer(np.full(batch, answer / 2))
    return rows


@pytest.mark.parametrize("workers", [2, 5])
def test_rows_do_not_depend_on_the_number_of_workers(workers: int) -> None:
    np.testing.assert_array_equal(sums_of(workers), sums_of(1))


def test_two_batches_take_turns() -> None:
    rows = np.array(sums_of(1))
    assert [row[0, 0] for row in rows[:4]] == [0, 3, 0, 3], "slots of the first batch, then of the second"
    np.testing.assert_allclose(rows[2] - rows[0], [[0, 0]] * 3)
    np.testing.assert_allclose(rows[4] - rows[2], [[0, 1]] * 3)


def test_a_batch_stays_until_it_is_answered() -> None:
    with closing(Crowd(Adding(), 2, 1)) as crowd:
        crowd.begin(0)
        np.testing.assert_array_equal(crowd.batch()["sum"], crowd.batch()["sum"])


@pytest.mark.parametrize(("workers", "processes"), [(1, 1), (2, 2)])
def test_several_workers_are_processes_of_their_own(workers: int, processes: int) -> None:
    with closing(Crowd(Adding(), 4, workers)) as crowd:
        crowd.begin(0)
        found = set(crowd.batch()["process"].tolist())
    assert len(found) == processes
    assert (os.getpid() in found) == (workers == 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_simulated_person_is_raised(workers: int) -> None:
    with closing(Crowd(Adding(), 2, workers)) as crowd:
        crowd.begin(0)
        crowd.batch()
        crowd.answer(np.full(2, FAILING))
        crowd.batch()
        crowd.answer(np.zeros(2))
        with pytest.raises(InputError, match=r"^photo\.jpg: not a readable image"):
            crowd.batch()


def answer_all(crowd: Crowd) -> None:
    """Answer both batches, and wait until the people have read it."""
    for _ in range(3):
        crowd.answer(np.zeros(2))
        crowd.batch()


def test_a_process_that_was_killed_is_reported() -> None:
    with closing(Crowd(Adding(), 2, 2)) as crowd:
        crowd.begin(0)
        os.kill(int(crowd.batch()["process"][0]), signal.SIGKILL)
        with pytest.raises(FewclicksError, match="use fewer --workers"):
            answer_all(crowd)


def test_processes_end_when_the_crowd_is_closed() -> None:
    crowd = Crowd(Adding(), 2, 2)
    crowd.begin(0)
    process = int(crowd.batch()["process"][0])
    crowd.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_there_is_a_worker_for_each_core_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 5, 6}, raising=False)
    assert default_workers() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert default_workers() == 1
