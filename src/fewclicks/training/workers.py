"""Sessions of simulated people, in this process or in several beside it.

Two batches of sessions take turns: while the network learns from one batch, the people of the other correct its latest
answers. So the machine's other cores work while the network does, and a step waits for them only if they are slower.
"""

import math
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np

from fewclicks.allocator import keep_all_memory
from fewclicks.errors import FewclicksError

TURNS = 2  # batches of sessions

Row = dict[str, np.ndarray]
"""What the network gets of one session, by name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The shape and the type of an array."""

    shape: tuple[int, ...]
    dtype: str

    def bytes_of(self, rows: int) -> int:
        return rows * math.prod(self.shape) * np.dtype(self.dtype).itemsize


@runtime_checkable
class Simulation(Protocol):
    """Simulated people at work. Each of them sits in a numbered slot, and is random by the slot alone."""

    @property
    def layout(self) -> Mapping[str, Kind]:
        """The arrays of a row."""
        ...

    @property
    def answer(self) -> Kind:
        """What the network answers to a row."""
        ...

    def begin(self, slot: int, step: int) -> Row:
        """Start a session, random by the slot and `step`, with data that were not seen before `step`."""
        ...

    def go_on(self, slot: int, answer: np.ndarray) -> Row:
        """Correct the network's answer, or start the next session of this slot."""
        ...


def default_workers() -> int:
    """The number of processes for simulated people if you do not set it: one for each core that may be used."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Crowd:
    """Two batches of sessions that take turns. The rows do not depend on the number of workers."""

    def __init__(self, simulation: Simulation, batch: int, workers: int) -> None:
        """Start the workers: processes if there are several, else this process does the work.

        batch: sessions in a batch. workers: at most that many are started.
        """
        context = multiprocessing.get_context("spawn")
        tables = _Tables(simulation, batch, context if workers > 1 else None)
        self._arrays = [tables.arrays(turn) for turn in range(TURNS)]
        ends = np.linspace(0, batch, min(workers, batch) + 1).round().astype(int).tolist()
        shares = [_Share(simulation, tables, batch, range(a, b)) for a, b in pairwise(ends)]
        self._workers: list[_Here | _Process] = (
            [_Process(share, context) for share in shares] if workers > 1 else [_Here(share) for share in shares]
        )
        self._turn, self._asked, self._is_ready = 0, 0, False

    def begin(self, step: int) -> None:
        """Start fresh sessions, random by `step`."""
        while self._asked:
            self._wait()
        self._turn, self._is_ready = 0, False
        for turn in range(TURNS):
            self._ask((turn, step))

    def batch(self) -> Row:
        """The rows of the batch whose turn it is, stacked. They change after `answer`.

        Raises what a simulated person raises, and FewclicksError if a process has ended.
        """
        if not self._is_ready:
            self._wait()
            self._is_ready = True
        return {name: array for name, array in self._arrays[self._turn].items() if name != _ANSWER}

    def answer(self, answers: np.ndarray) -> None:
        """Give the network's answers to `batch`; then the other batch has its turn."""
        self._arrays[self._turn][_ANSWER][:] = answers
        self._ask((self._turn, None))
        self._turn, self._is_ready = (self._turn + 1) % TURNS, False

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()

    def _ask(self, command: "_Command") -> None:
        for worker in self._workers:
            worker.ask(command)
        self._asked += 1

    def _wait(self) -> None:
        self._asked -= 1
        for worker in self._workers:
            worker.wait()


_ANSWER = "answer"
_Command = tuple[int, int | None]
"""The number of a turn. With a step, its sessions start again there; with None, they continue."""


class _Tables:
    """The memory of the rows and answers of all batches, shared with other processes if there is a `context`."""

    def __init__(self, simulation: Simulation, batch: int, context: Any) -> None:
        self._kinds = {**simulation.layout, _ANSWER: simulation.answer}
        self._batch = batch
        sizes = {name: kind.bytes_of(batch) for name, kind in self._kinds.items()}
        self._memory: list[dict[str, Any]] = [
            {name: context.RawArray("B", size) if context else bytearray(size) for name, size in sizes.items()}
            for _ in range(TURNS)
        ]

    def arrays(self, turn: int) -> Row:
        """The arrays of a batch, one row for each session."""
        return {
            name: np.frombuffer(self._memory[turn][name], kind.dtype).reshape(self._batch, *kind.shape)
            for name, kind in self._kinds.items()
        }


class _Share:
    """Some rows of each batch, and the people in them."""

    def __init__(self, simulation: Simulation, tables: _Tables, batch: int, rows: range) -> None:
        self._simulation, self._tables, self._batch, self._rows = simulation, tables, batch, rows

    def obey(self, command: _Command) -> None:
        """Write the next row of each session of a turn."""
        turn, step = command
        arrays = self._tables.arrays(turn)
        for number, row in self._next_rows(turn, step, arrays[_ANSWER]):
            for name, value in row.items():
                arrays[name][number] = value

    def _next_rows(self, turn: int, step: int | None, answers: np.ndarray) -> Iterator[tuple[int, Row]]:
        for number in self._rows:
            slot = turn * self._batch + number
            if step is None:
                yield number, self._simulation.go_on(slot, answers[number].copy())
            else:
                yield number, self._simulation.begin(slot, step)


class _Here:
    """A share of the work that this process does when it waits for it."""

    def __init__(self, share: _Share) -> None:
        self._share, self._commands = share, list[_Command]()

    def ask(self, command: _Command) -> None:
        self._commands.append(command)

    def wait(self) -> None:
        self._share.obey(self._commands.pop(0))

    def close(self) -> None:
        self._commands.clear()


class _Process:
    """A share of the work in a process of its own."""

    def __init__(self, share: _Share, context: Any) -> None:
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_work, args=(share, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, command: _Command) -> None:
        with suppress(BrokenPipeError):  # `wait` reports it
            self._pipe.send(command)

    def wait(self) -> None:
        try:
            failure = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            raise FewclicksError(
                "the process of a simulated annotator ended, perhaps because memory ran out; use fewer --workers"
            ) from None
        if failure is not None:
            raise failure

    def close(self) -> None:
        self._pipe.close()
        self._process.join()


def _work(share: _Share, commands: Connection) -> None:
    """Obey until the other end is closed. The process that asks decides what an interrupt means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    keep_all_memory()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            command = commands.recv()
            try:
                share.obey(command)
            except Exception as error:  # all of them are raised where the answer is awaited
                commands.send(error)
            else:
                commands.send(None)
