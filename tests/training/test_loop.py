"""A training that was killed goes on where its last whole checkpoint was, and ends as if nothing had happened."""

import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.training import loop  # noqa: E402
from fewclicks.training.loop import Budget, run  # noqa: E402

STEPS, CHECKPOINT_AT, KILLED_AT = 8, 3, 6


@dataclass(frozen=True)
class Settings:
    seed: int = 0


class Counting:
    """A line through points that are random by the number of the step; `seen` are the numbers of the steps."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.settings = Settings()
        self.network = torch.nn.Linear(4, 1)
        self.seen: list[int] = []
        self.begin(0)

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return [{"params": list(self.network.parameters()), "lr": rate}]

    def begin(self, step: int) -> None:
        self.next = step

    def step(self, progress: float) -> tuple[torch.Tensor, dict[str, float]]:
        points = torch.rand(8, 4, generator=torch.Generator().manual_seed(self.next))
        self.seen.append(self.next)
        self.next += 1
        loss = (self.network(points) - points.sum(1, keepdim=True)).square().mean()
        return loss, {"loss": loss.item()}


def silent(progress: float, step: int, figures: dict[str, float]) -> None:
    """No bar."""


def train_and_die(folder: Path) -> None:
    """Keep a checkpoint after some steps, then be killed in the middle of writing the next one."""
    save = torch.save

    def half(content: dict[str, Any], path: Path) -> None:
        whole = io.BytesIO()
        save(content, whole)
        path.write_bytes(whole.getvalue()[: whole.tell() // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(progress: float, step: int, figures: dict[str, float]) -> None:
        loop.CHECKPOINT_SECONDS = 0 if step + 1 in (CHECKPOINT_AT, KILLED_AT) else 3600
        if step == CHECKPOINT_AT:
            torch.save = half

    run(Counting(), folder, Budget(steps=STEPS), watch=watch)


def test_a_run_that_was_killed_goes_on_at_its_last_whole_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    killed = subprocess.run([sys.executable, __file__, str(folder)], timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert {path.name for path in folder.iterdir()} == {"checkpoint.pt", "checkpoint.tmp", "log.jsonl"}
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["step"] == CHECKPOINT_AT
    with pytest.raises(RuntimeError):
        torch.load(folder / "checkpoint.tmp", weights_only=True)

    again, never_killed = Counting(), Counting()
    run(again, folder, Budget(steps=STEPS), watch=silent)
    run(never_killed, tmp_path / "whole", Budget(steps=STEPS), watch=silent)
    assert again.seen == list(range(CHECKPOINT_AT, STEPS))
    assert never_killed.seen == list(range(STEPS))
    assert {path.name for path in folder.iterdir()} == {"checkpoint.pt", "log.jsonl"}
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["step"] == STEPS
    for ours, theirs in zip(again.network.parameters(), never_killed.network.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_a_step_that_fails_loses_nothing_that_was_done(tmp_path: Path) -> None:
    class Failing(Counting):
        def step(self, progress: float) -> tuple[torch.Tensor, dict[str, float]]:
            if self.next == KILLED_AT:
                raise MemoryError
            return super().step(progress)

    with pytest.raises(MemoryError):
        run(Failing(), tmp_path, Budget(steps=STEPS), watch=silent)
    again = Counting()
    run(again, tmp_path, Budget(steps=STEPS), watch=silent)
    assert again.seen == list(range(KILLED_AT, STEPS))


def test_a_checkpoint_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"PK half of it")
    with pytest.raises(InputError, match=r"checkpoint\.pt: not a readable checkpoint"):
        run(Counting(), tmp_path, Budget(steps=STEPS), watch=silent)


if __name__ == "__main__":
    train_and_die(Path(sys.argv[1]))
