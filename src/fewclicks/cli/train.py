"""`fewclicks train ROLE`: one command for each model that can be trained, made from the settings of its training."""

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
from fewclicks.errors import FewclicksError, InputError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from fewclicks.methods.spec import Role

BUDGET = ("minutes", "steps", "backbone", "seed")  # settings that every training run on a project takes


def _summaries() -> Mapping[str, str]:
    from fewclicks.methods.registry import methods

    found = ((role, spec) for spec in methods().values() for role in spec.roles if role.train or role.train_project)
    return {role.name: f"Train {role.name}: {spec.summary[:1].lower()}{spec.summary[1:]}" for role, spec in found}


def _make(name: str) -> Any:
    from fewclicks.methods.registry import get_role, named

    role = get_role(name)
    settings: type[BaseModel] = named(role.settings or "")
    options = options_of(settings, all_optional=role.train_project is not None)

    def run(context: typer.Context, values: Values) -> None:
        project, resume = values.pop("project", None), values.pop("resume", False)
        if project is not None:
            _train_on_project(role, settings, project, resume, values, given_options(context))
            return
        if resume:
            raise InputError("--resume needs --project; without it, give --out the folder of the interrupted run")
        _train(role, settings_from(settings, values, context))

    if role.train_project is not None:
        options += _project_options()
    return make_command(name, _summaries()[name], options, run)


class TrainGroup(SpecGroup):
    """Every model that can be trained."""

    summaries: ClassVar = _summaries
    make: ClassVar = _make


app = typer.Typer(cls=TrainGroup, no_args_is_help=True, help="Train a model. Needs `pip install fewclicks[train]`.")


def _project_options() -> list[inspect.Parameter]:
    project = "Train on the finished images of this project, for the project itself, instead of --data."
    resume = "With --project: resume its last training run, which ended early."
    return [
        option("project", Path | None, None, help=project, panel="On a project"),
        option("resume", bool, False, "--resume", help=resume, panel="On a project"),
    ]


def _train(role: "Role", settings: "BaseModel") -> None:
    from fewclicks.cli.progress import progress_bar
    from fewclicks.jobs.kinds import INSTALL
    from fewclicks.methods.registry import named

    if role.train is None:
        raise InputError(f"{role.name} can be trained only on a project; give --project")
    try:
        train = named(role.train)
    except ImportError as error:
        raise FewclicksError(f"training needs more packages ({error.name}): {INSTALL}") from error
    with progress_bar() as bar:
        weights: Path = train(settings, bar)
    typer.echo(f"wrote {weights}")


def _train_on_project(
    role: "Role", settings: "type[BaseModel]", project: Path, resume: bool, values: Values, given: set[str]
) -> None:
    from fewclicks.cli.train_project import train_on_project
    from fewclicks.jobs.project_training import ProjectTraining

    if resume and given - {"project", "resume"}:
        raise InputError("--resume continues with the settings of the interrupted run; give no others")
    refused = sorted(given & {"data", "out", "name"})
    if refused:
        options = ", ".join(f"--{name}" for name in refused)
        raise InputError(f"--project takes its data from the project and writes there; leave out {options}")
    training = ProjectTraining(
        role=role.name,
        start=values["backbone"],
        minutes=values["minutes"] if given & {"minutes", "steps"} else _default_minutes(),
        steps=values["steps"],
        seed=values["seed"],
        settings={name: values[name] for name in settings.model_fields if name in given and name not in BUDGET},
    )
    train_on_project(project, training, resume)


def _default_minutes() -> float:
    from fewclicks.application.training import MINUTES

    return MINUTES
