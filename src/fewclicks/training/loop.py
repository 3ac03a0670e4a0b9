"""The training loop that all recipes share: schedule, averaging, checkpoints, resume, progress."""

import json
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import cv2
import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from fewclicks.allocator import keep_all_memory
from fewclicks.errors import InputError

CHECKPOINT_SECONDS = 120
RATE = 1e-3  # of AdamW at its peak
WARM_UP = 100  # steps


def tune_process() -> None:
    """Settings that make training on a CPU faster: OpenCV must not compete with torch, which takes every core
    unless OMP_NUM_THREADS says otherwise, and memory is kept for the next step.
    """
    keep_all_memory()
    cv2.setNumThreads(1)
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(os.cpu_count() or 1)


def device() -> torch.device:
    """Return the device to train on: a GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@runtime_checkable
class Task(Protocol):
    """What a recipe hands to the loop."""

    network: nn.Module
    settings: Any  # a dataclass; a checkpoint made with other settings is refused

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]: ...

    def begin(self, step: int) -> None:
        """Go on at `step` with data that were not seen before it."""
        ...

    def step(self, progress: float) -> tuple[torch.Tensor, dict[str, float]]:
        """One batch's loss and figures to report; `progress` runs from 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to train: a number of steps, or minutes of this machine; the schedule fits either."""

    steps: int | None = None
    minutes: float | None = None

    def progress(self, step: int, seconds: float) -> float:
        """The part of the budget that is spent, 0..1. Raises InputError when there is none."""
        if self.steps is None and not self.minutes:
            raise InputError("expected either --minutes or --steps, got neither")
        spent = step / self.steps if self.steps else seconds / 60 / (self.minutes or 1)
        return min(spent, 1.0)


Watch = Callable[[float, int, dict[str, float]], None]
"""Told after every step: the progress (0..1), the step, and the figures."""


def run(
    task: Task,
    folder: Path,
    budget: Budget,
    rate: float = RATE,
    watch: Watch | None = None,
    warm_up: int = WARM_UP,
) -> nn.Module:
    """Train `task.network` and return it with averaged weights; continue where `folder` left off.

    rate: of AdamW at its peak, which it reaches after `warm_up` steps.
    Writes checkpoint.pt (atomically) and log.jsonl, the checkpoint also when it is interrupted. Without `watch` a bar
    shows the progress. Raises InputError when the checkpoint cannot be read or belongs to other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = _Run(task, folder / "checkpoint.pt", rate, warm_up)
    state.resume()
    with (
        _bar() if watch is None else nullcontext(watch) as told,
        (folder / "log.jsonl").open("a", encoding="utf-8") as log,
    ):
        try:
            while (progress := budget.progress(state.step, state.seconds)) < 1:
                state.advance(progress)
                told(progress, state.step, state.figures)
                if state.step % 50 == 0:
                    figures = {"step": state.step, "seconds": round(state.seconds), **state.figures}
                    log.write(json.dumps(figures) + "\n")
                    log.flush()
        finally:
            state.save()
    state.average.copy_to(task.network)
    return task.network.eval()


@contextmanager
def _bar() -> Iterator[Watch]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn()) as bar:
        shown = bar.add_task("training", total=1.0)

        def told(progress: float, step: int, figures: dict[str, float]) -> None:
            words = " ".join([f"step {step}", *(f"{key} {value:.3f}" for key, value in figures.items())])
            bar.update(shown, completed=progress, description=words)

        yield told


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl+C and SIGTERM wait until the block is left: half a step or half a checkpoint is worse than either."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[Any, ...]] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    handled = {number: handler for number, handler in before.items() if callable(handler)}
    for number in handled:
        signal.signal(number, lambda *received: came.append(received))
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
        for number, frame in came[:1]:
            handled[number](number, frame)


class _Run:
    """A training run between two steps: everything that a checkpoint has to hold, and the figures to show."""

    def __init__(self, task: Task, path: Path, rate: float, warm_up: int) -> None:
        self.task, self.path, self.warm_up = task, path, warm_up
        self.optimizer = torch.optim.AdamW(task.parameter_groups(rate), weight_decay=1e-4)
        self.peaks = [group["lr"] for group in self.optimizer.param_groups]
        self.average = _Average(task.network)
        self.figures: dict[str, float] = {}
        self.step, self.seconds = 0, 0.0
        self.tick = self.saved = time.monotonic()
        task.network.train()

    def advance(self, progress: float) -> None:
        """One step; a checkpoint now and then."""
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * _schedule(progress, self.step, self.warm_up)
        loss, latest = self.task.step(progress)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.task.network.parameters(), 5.0)
        with _uninterrupted():
            self.optimizer.step()
            self.average.update(self.step)
            self.figures |= {key: 0.98 * self.figures.get(key, value) + 0.02 * value for key, value in latest.items()}
            now = time.monotonic()
            self.step, self.seconds, self.tick = self.step + 1, self.seconds + now - self.tick, now
        if now - self.saved > CHECKPOINT_SECONDS:
            self.save()
            self.saved = now

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        content = {
            "network": self.task.network.state_dict(),
            "average": self.average.state,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "settings": asdict(self.task.settings),
        }
        temporary = self.path.with_suffix(".tmp")
        with _uninterrupted():
            torch.save(content, temporary)
            os.replace(temporary, self.path)

    def resume(self) -> None:
        if not self.path.exists():
            return
        device = next(self.task.network.parameters()).device
        try:
            content = torch.load(self.path, weights_only=True, map_location=device)
            settings = content["settings"]
        except (OSError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
            raise InputError("not a readable checkpoint; delete it to start again", self.path) from error
        if settings != asdict(self.task.settings):
            raise InputError(
                "the checkpoint was made with other settings; use those settings again or choose another folder",
                self.path,
            )
        self.task.network.load_state_dict(content["network"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.average.state = content["average"]
        self.step, self.seconds = content["step"], content["seconds"]
        self.task.begin(self.step)


def _schedule(progress: float, step: int, warm_up: int) -> float:
    """Linear warm-up, then a cosine to a hundredth."""
    cosine = 0.01 + 0.99 * 0.5 * (1 + torch.cos(torch.tensor(progress * torch.pi)).item())
    return min(1.0, (step + 1) / warm_up) * cosine


class _Average:
    """Exponential moving average of weights and statistics."""

    def __init__(self, network: nn.Module, decay: float = 0.998) -> None:
        self.network, self.decay = network, decay
        self.state = {key: value.detach().clone() for key, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        keep = min(self.decay, (step + 1) / (step + 10))
        for key, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.state[key].lerp_(value, 1 - keep)
            else:
                self.state[key].copy_(value)

    def copy_to(self, network: nn.Module) -> None:
        network.load_state_dict(self.state)
