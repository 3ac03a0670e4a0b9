"""`fewclicks train MODEL --project`: a training job with its progress in the terminal."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fewclicks.errors import FewclicksError

if TYPE_CHECKING:
    from fewclicks.jobs.project_training import ProjectTraining
    from fewclicks.store.jobs import JobRow


def train_on_project(folder: Path, training: "ProjectTraining", resume: bool) -> None:
    """Train a model on the finished images of a project, or resume the last training run."""
    from fewclicks.jobs.kinds import INSTALL, training_of
    from fewclicks.jobs.project_training import check_replaced, prepare
    from fewclicks.jobs.runner import JobRunner
    from fewclicks.methods.lookup import version_files
    from fewclicks.methods.registry import get_role
    from fewclicks.methods.versions import FOLDER, user_folder
    from fewclicks.store.project import Project

    role, kind = get_role(training.role), training_of(training.role)
    if not kind.is_installed:
        raise FewclicksError(f"packages for training are missing; install them with: {INSTALL}")

    def choose(row: "JobRow") -> dict[str, Any]:
        with project.changing() as log:
            check_replaced(row.result, log.chosen_models.get(role.name))
            log.chosen_models.put(role.name, row.result["version"])
        return row.result

    with Project(folder) as project:
        runner = JobRunner(project, choose)
        if resume:
            with project.reading() as log:
                last = log.jobs.latest(kind.name)
            if last is None or not runner.is_resumable(last):
                raise FewclicksError(f"{folder}: no training run to resume; start one without --resume")
            row = runner.resume(kind, last.id)
        else:
            with project.reading() as log:
                chosen = log.chosen_models.get(role.name)
            files = version_files(role, chosen, (project.folder / FOLDER, user_folder()))
            active = files[role.files[0].suffix] if files else None
            row = runner.start(kind, prepare(project, replace(training, replaces=chosen), active))
        try:
            row = _followed(runner.follow(row.id), row)
        finally:
            runner.close()
        if row.state == "failed":
            raise FewclicksError(f"training failed: {row.message}; continue from the last checkpoint with --resume")
        _print_result(row, project.folder)


def _followed(rows: "Iterator[JobRow]", row: "JobRow") -> "JobRow":
    """Show each row as a progress bar and return the last one."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TextColumn("{task.description}"))
    try:
        with Progress(*columns, TimeElapsedColumn(), transient=True) as bar:
            shown = bar.add_task("starting", total=1.0)
            for row in rows:
                loss = f", loss {row.curve[-1][1]:.3f}" if row.curve else ""
                bar.update(shown, completed=row.progress, description=f"{row.message or 'starting'}{loss}")
    except KeyboardInterrupt:
        typer.echo("interrupted; continue with --resume", err=True)
        raise
    return row


def _print_result(row: "JobRow", folder: Path) -> None:
    result = row.result
    typer.echo(f"{result['version']}: trained on {result['training_images']} images with {result['objects']} objects")
    checked = result["validation"]
    if checked is not None:
        typer.echo(f"mAP at IoU 0.5 after 0, 1, ... clicks, on {checked['images']} images held out from training:")
        for measured in ({"weights": result["weights"], "map50": checked["map50"]}, checked["before"]):
            if measured is not None:
                values = " ".join(f"{value:.3f}" for value in measured["map50"])
                typer.echo(f"  {measured['weights']}: {values}")
    typer.echo(row.message or f"{result['version']} is now active in {folder}; choose another version in the page")
    if result["finds_less"]:
        typer.echo("its mAP is lower than before; choose the previous version in the page, or train longer")
