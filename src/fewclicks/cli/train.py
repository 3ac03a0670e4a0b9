"""`fewclicks train MODEL`: one command for each trainable model, generated from its settings."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import typer

from fewclicks.cli.options import (
    SpecGroup,
    Values,
    given_options,
    make_command,
    option,
    options_of,
    settings_from,
)
from fewclicks.errors import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from fewclicks.methods.spec import Role

START = "backbone"  # the setting of the initial weights, also on a project


def _summaries() -> Mapping[str, str]:
    from fewclicks.methods.registry import methods

    found = ((role, spec) for spec in methods().values() for role in spec.roles if role.train or role.train_project)
    return {role.name: f"Train {role.name}: {spec.summary[:1].lower()}{spec.summary[1:]}" for role, spec in found}


def _make(name: str) -> Any:
    from fewclicks.methods.registry import get_role, named

    role = get_role(name)
    settings: type[BaseModel] = named(role.settings or role.project_settings or "")
    options = options_of(settings, all_optional=role.train_project is not None)

    def run(context: typer.Context, values: Values) -> None:
        project, resume = values.pop("project", None), values.pop("resume", False)
        if project is not None:
            _train_on_project(role, project, resume, values, context)
            return
        if resume:
            raise InputError("--resume requires --project; without it, repeat the command of the interrupted run")
        if role.train is None:
            raise InputError(f"the model {role.name!r} can be trained only on a project; add --project")
        _train(role.train, settings_from(settings, values, context))

    if role.train_project is not None:
        options += _project_options()
    return make_command(name, _summaries()[name], options, run)


class TrainGroup(SpecGroup):
    """The commands of trainable models."""

    summaries: ClassVar = _summaries
    make: ClassVar = _make


app = typer.Typer(
    cls=TrainGroup,
    no_args_is_help=True,
    help="Train a model. This needs torch; if it is missing, the error message contains the command that installs it.",
)


def _project_options() -> list[inspect.Parameter]:
    project = "Train a version for this project on its finished images, instead of --data."
    resume = "With --project: resume the last training run."
    return [
        option("project", Path | None, None, help=project, panel="On a project"),
        option("resume", bool, False, "--resume", help=resume, panel="On a project"),
    ]


def _train(train: str, settings: "BaseModel") -> None:
    from fewclicks.cli.progress import progress_bar
    from fewclicks.cli.training_packages import named_for_training

    function = named_for_training(train)
    with progress_bar() as bar:
        weights: Path = function(settings, bar)
    typer.echo(f"wrote {weights}")


def _train_on_project(role: "Role", folder: Path, resume: bool, values: Values, context: typer.Context) -> None:
    from fewclicks.application.train import requested
    from fewclicks.cli.train_project import train_on_project
    from fewclicks.methods.registry import named

    settings: type[BaseModel] = named(role.project_settings or "")
    given = given_options(context) - {"project", "resume"}
    if resume and given:
        raise InputError("--resume uses the settings of the interrupted run; remove all other options")
    allowed = [START, *settings.model_fields]
    if not given <= set(allowed):
        flags = [f"--{name.replace('_', '-')}" for name in allowed]
        raise InputError(f"--project can be combined only with {', '.join(flags[:-1])} and {flags[-1]}")
    found = dict(
        settings_from(settings, {name: values[name] for name in settings.model_fields if name in given}, context)
    )
    train_on_project(folder, requested(role.name, found, values.get(START)), resume)
