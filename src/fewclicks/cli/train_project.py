"""`fewclicks train detect --project`: the same job that the page starts, with its progress in the terminal."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fewclicks.errors import FewclicksError

if TYPE_CHECKING:
    from fewclicks.store.jobs import JobRow

MINUTES = 10.0


def train_on_project(
    folder: Path,
    start: Path | None,
    minutes: float | None,
    steps: int | None,
    side: int,
    batch: int,
    seed: int,
    resume: bool,
) -> None:
    """Train `detect` on the finished images of a project, or go on with the last training that ended early."""
    from fewclicks.jobs.detect_training import METHOD, DetectTraining, prepare, start_weights
    from fewclicks.jobs.kinds import INSTALL, TRAIN_DETECT
    from fewclicks.jobs.runner import JobRunner
    from fewclicks.store.jobs import JobRow
    from fewclicks.store.project import Project

    if not TRAIN_DETECT.is_installed:
        raise FewclicksError(f"training needs more packages: {INSTALL}")

    def choose(row: JobRow) -> None:
        with project.changing() as log:
            log.chosen_models.put(METHOD, row.result["version"])

    with Project(folder) as project:
        runner = JobRunner(project, choose)
        if resume:
            with project.reading() as log:
                last = log.jobs.latest(TRAIN_DETECT.name)
            if last is None or not runner.is_resumable(last):
                raise FewclicksError(f"{folder}: there is no training that could go on")
            row = runner.resume(TRAIN_DETECT, last.id)
        else:
            budget = (MINUTES, None) if minutes is None and steps is None else (minutes, steps)
            training = DetectTraining(start or start_weights(), *budget, side, batch, seed)
            row = runner.start(TRAIN_DETECT, prepare(project, training))
        try:
            row = _followed(runner.follow(row.id), row)
        finally:
            runner.close()
        if row.state == "failed":
            raise FewclicksError(f"the training failed: {row.message} (--resume tries again from the last checkpoint)")
        _say(row.result, project.folder)


def _followed(rows: "Iterator[JobRow]", row: "JobRow") -> "JobRow":
    """The last of `rows`; a bar shows the others."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.description}"))
    try:
        with Progress(*columns, TimeElapsedColumn(), transient=True) as bar:
            shown = bar.add_task("starting", total=1.0)
            for row in rows:
                loss = f", loss {row.curve[-1][1]:.3f}" if row.curve else ""
                bar.update(shown, completed=row.progress, description=f"{row.message or 'starting'}{loss}")
    except KeyboardInterrupt:
        typer.echo("interrupted; it goes on with --resume", err=True)
        raise
    return row


def _say(result: dict[str, Any], folder: Path) -> None:
    typer.echo(f"{result['version']}: trained on {result['training_images']} images with {result['objects']} objects")
    checked = result["validation"]
    if checked is not None:
        typer.echo(f"mAP at IoU 0.5 on {checked['images']} others after 0, 1, ... clicks:")
        for measured in ({"weights": result["weights"], "map50": checked["map50"]}, checked["before"]):
            if measured is not None:
                values = " ".join(f"{value:.3f}" for value in measured["map50"])
                typer.echo(f"  {measured['weights']}: {values}")
    typer.echo(f"it answers from now on in {folder}; the page can go back to another version")
    if result["finds_less"]:
        typer.echo("it finds less than the one before: go back to that one in the page, or train longer")
