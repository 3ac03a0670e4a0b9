"""Measurements of `fewclicks simulate`: the run, and the report as table, file and plot."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from fewclicks.api import model_options
from fewclicks.cli.printing import print_report
from fewclicks.cli.progress import progress_bar
from fewclicks.cli.training_packages import named_for_training
from fewclicks.errors import InputError
from fewclicks.files import check_replaceable, write_text
from fewclicks.methods.lookup import find_model
from fewclicks.methods.registry import named, open_model, roles
from fewclicks.methods.spec import Role
from fewclicks.methods.versions import FOLDER, user_folder
from fewclicks.simulation.plots import check_picture, plot_report
from fewclicks.simulation.report import Report
from fewclicks.simulation.spec import SimulationSpec, Subject, Watch
from fewclicks.store.project import Project


@dataclass(frozen=True, slots=True)
class Chosen:
    """The model to measure.

    model: its name, or that of a version. weights: its main file. project: the project whose active version is
    measured. options: of the opened model, typed or as "NAME=VALUE".
    """

    model: str
    weights: Path | None = None
    project: Path | None = None
    options: BaseModel | Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Outputs:
    """The paths of the report and its plot, and a second model to measure."""

    json_to: Path | None
    plot: Path | None
    baseline: str | None = None


def measure(spec: SimulationSpec, settings: BaseModel, chosen: Chosen, outputs: Outputs) -> None:
    """Measure a model, and the baseline on the same data. Raises InputError before any work is done."""
    check_writable(outputs, settings)
    subjects = [_opened(spec, chosen)]
    if outputs.baseline is not None:
        subjects.append(_opened(spec, Chosen(outputs.baseline, project=chosen.project)))
    with progress_bar() as bar:
        reports = [_run(spec, subject, settings, bar) for subject in subjects]
    _show(replace(reports[0], baseline=reports[1]) if len(reports) > 1 else reports[0], outputs)


def train_and_measure(spec: SimulationSpec, settings: BaseModel, outputs: Outputs) -> None:
    """Run a simulation that trains what it measures. Raises InputError before any work is done."""
    check_writable(outputs, settings)
    run = named_for_training(spec.run)
    with progress_bar() as bar:
        report: Report = run(settings, bar)
    _show(report, outputs)


def _show(report: Report, outputs: Outputs) -> None:
    print_report(report)
    if outputs.json_to is not None:
        write_text(outputs.json_to, report.text())
    if outputs.plot is not None:
        plot_report(report, outputs.plot)


def check_writable(outputs: Outputs, settings: BaseModel) -> None:
    """Raise InputError or StorageError when a result cannot be written, or would replace the data."""
    words = [value for value in dict(settings).values() if isinstance(value, str | Path)]
    inputs = {Path(word).resolve() for word in words if Path(word).exists()}
    for path in filter(None, (outputs.json_to, outputs.plot)):
        if not path.parent.is_dir():
            raise InputError("cannot write: the folder is missing; create it or choose another path", path)
        if not os.access(path.parent, os.W_OK):
            raise InputError("cannot write: no permission to write in the folder; choose another path", path)
        if path.is_dir():
            raise InputError("cannot write: the path is a folder; choose another path", path)
        if path.resolve() in inputs:
            raise InputError("cannot write: the path is the data set; choose another path", path)
    if outputs.json_to is not None:
        check_replaceable(outputs.json_to)
    if outputs.plot is not None:
        check_picture(outputs.plot)


def _run(spec: SimulationSpec, subject: Subject, settings: BaseModel, watch: Watch) -> Report:  # type: ignore[type-arg]
    report: Report = named(spec.run)(subject, settings, watch)
    return report


def _opened(spec: SimulationSpec, chosen: Chosen) -> Subject:  # type: ignore[type-arg]
    folders = [user_folder()]
    name = chosen.model
    if chosen.project is not None:
        folders.insert(0, chosen.project / FOLDER)
        name = _active_version(chosen.project, name)
    role, files = find_model(name, chosen.weights, folders)
    if role.task != spec.task:
        others = ", ".join(other.name for other in roles().values() if other.task == spec.task)
        problem = f"the model {role.name!r} has the task {role.task!r}, not {spec.task!r}"
        raise InputError(f"{problem}; use one of {others}", "--model")
    return Subject(open_model(role, files, options=_options(role, chosen.options)), role.prompts)


def _active_version(folder: Path, name: str) -> str:
    """Return the active version of a model in a project; `name` for the shipped one, and for a version."""
    with Project(folder) as project, project.reading() as log:
        return (log.chosen_models.get(name) if name in roles() else None) or name


def _options(role: Role, given: BaseModel | Sequence[str] | None) -> BaseModel | None:
    """Return the options of a model from "NAME=VALUE", with dashes or underscores in NAME. Raises InputError."""
    if given is None or isinstance(given, BaseModel):
        return given
    named_values = (word.partition("=") for word in given)
    values = {name.strip().removeprefix("--").replace("-", "_"): value.strip() for name, _, value in named_values}
    try:
        return model_options(role, values)
    except InputError as error:
        raise InputError(str(error), "--option") from error
