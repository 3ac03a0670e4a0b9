"""The training loop that all recipes share: schedule, averaging, checkpoints, resume, progress."""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from fewclicks.errors import InputError


@runtime_checkable
class Task(Protocol):
    """What a recipe hands to the loop."""

    network: nn.Module
    settings: Any  # a dataclass; a checkpoint made with other settings is refused

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]: ...

    def step(self, progress: float) -> tuple[torch.Tensor, dict[str, float]]:
        """One batch's loss and figures to report; `progress` runs from 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to train: a number of steps, or minutes of this machine; the schedule fits either."""

    steps: int | None = None
    minutes: float | None = None

    def progress(self, step: int, seconds: float) -> float:
        spent = step / self.steps if self.steps else seconds / 60 / (self.minutes or 1)
        return min(spent, 1.0)


def run(task: Task, folder: Path, budget: Budget, rate: float = 1e-3, checkpoint_seconds: float = 120) -> nn.Module:
    """Train `task.network` and return it with averaged weights; continue where `folder` left off.

    Writes checkpoint.pt (atomically) and log.jsonl. Raises InputError when the checkpoint belongs to
    other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    optimizer = torch.optim.AdamW(task.parameter_groups(rate), weight_decay=1e-4)
    peaks = [group["lr"] for group in optimizer.param_groups]
    average = _Average(task.network)
    step, seconds = _resume(folder / "checkpoint.pt", task, optimizer, average)
    task.network.train()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    figures: dict[str, float] = {}
    last_save = last_tick = time.monotonic()
    with bar, (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        shown = bar.add_task("training", total=1.0)
        while (progress := budget.progress(step, seconds)) < 1:
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * _schedule(progress, step)
            loss, latest = task.step(progress)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(task.network.parameters(), 5.0)
            optimizer.step()
            average.update(step)
            figures |= {key: 0.98 * figures.get(key, value) + 0.02 * value for key, value in latest.items()}
            step, now = step + 1, time.monotonic()
            seconds, last_tick = seconds + now - last_tick, now
            text = " ".join(f"{key} {value:.3f}" for key, value in figures.items())
            bar.update(shown, completed=progress, description=f"step {step} {text}")
            if step % 50 == 0:
                log.write(json.dumps({"step": step, "seconds": round(seconds), **figures}) + "\n")
                log.flush()
            if now - last_save > checkpoint_seconds:
                _save(folder / "checkpoint.pt", task, optimizer, average, step, seconds)
                last_save = now
    _save(folder / "checkpoint.pt", task, optimizer, average, step, seconds)
    average.copy_to(task.network)
    task.network.eval()
    return task.network


def _schedule(progress: float, step: int) -> float:
    """Linear warm-up over 100 steps, then a cosine to a hundredth."""
    cosine = 0.01 + 0.99 * 0.5 * (1 + torch.cos(torch.tensor(progress * torch.pi)).item())
    return min(1.0, (step + 1) / 100) * cosine


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


def _save(
    path: Path, task: Task, optimizer: torch.optim.Optimizer, average: _Average, step: int, seconds: float
) -> None:
    content = {
        "network": task.network.state_dict(), "average": average.state, "optimizer": optimizer.state_dict(),
        "step": step, "seconds": seconds, "settings": asdict(task.settings),
    }  # fmt: skip
    temporary = path.with_suffix(".tmp")
    torch.save(content, temporary)
    os.replace(temporary, path)


def _resume(path: Path, task: Task, optimizer: torch.optim.Optimizer, average: _Average) -> tuple[int, float]:
    if not path.exists():
        return 0, 0.0
    content = torch.load(path, weights_only=True, map_location=next(task.network.parameters()).device)
    if content["settings"] != asdict(task.settings):
        raise InputError("the checkpoint was made with other settings; choose another folder or delete it", path)
    task.network.load_state_dict(content["network"])
    optimizer.load_state_dict(content["optimizer"])
    average.state = content["average"]
    return content["step"], content["seconds"]
