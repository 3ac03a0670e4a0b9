"""`fewclicks simulate TASK`: measurements of a model's accuracy with a simulated annotator.

Each simulation has a command, and each model an alias with the model's options.
"""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import typer

from fewclicks.cli.options import SpecGroup, Values, make_command, option, options_of, settings_from

if TYPE_CHECKING:
    from pydantic import BaseModel

    from fewclicks.methods.spec import Role
    from fewclicks.simulation.spec import SimulationSpec


def aliases() -> "Mapping[str, tuple[Role, SimulationSpec]]":
    """Return the models with their own command, and the simulation that measures them."""
    from fewclicks.methods.registry import roles
    from fewclicks.simulation.registry import by_verb, simulation_of

    found = ((role, simulation_of(role.task)) for role in roles().values() if role.name not in by_verb())
    return {role.name: (role, spec) for role, spec in found if spec is not None}


def _summaries() -> Mapping[str, str]:
    from fewclicks.simulation.registry import by_verb

    same = {name: f"Same as `simulate {spec.verb} --model {name}`." for name, (_, spec) in aliases().items()}
    return {name: spec.summary for name, spec in by_verb().items()} | same


def _make(name: str) -> Any:
    from fewclicks.methods.registry import named
    from fewclicks.simulation.registry import by_verb

    role, spec = aliases()[name] if name in aliases() else (None, by_verb()[name])
    settings: type[BaseModel] = named(spec.settings)
    options: type[BaseModel] | None = named(role.options) if role and role.options else None
    own = [*options_of(settings), *(options_of(options) if options else [])]
    common = [*(_model_options(spec, role) if spec.task is not None else ()), *_output_options()]
    clash = {each.name for each in own} & {each.name for each in common}
    if clash or len({each.name for each in own}) < len(own):
        raise TypeError(f"simulate {name}: several settings or options have the same name: {clash or own}")

    def run(context: typer.Context, values: Values) -> None:
        parsed = settings_from(settings, values, context)
        from fewclicks.cli.measuring import Chosen, Outputs, measure, train_and_measure

        if spec.task is None:
            train_and_measure(spec, parsed, Outputs(values["json_to"], values["plot"]))
            return
        options_given = settings_from(options, values, context) if options else values.pop("option", [])
        chosen = Chosen(
            role.name if role else values["model"], values.get("weights"), values.get("project"), options_given
        )
        measure(spec, parsed, chosen, Outputs(values["json_to"], values["plot"], values["baseline"]))

    return make_command(name, _help(spec, role), [*own, *common], run)


def _help(spec: "SimulationSpec", role: "Role | None") -> str:
    alias = f" Same as `fewclicks simulate {spec.verb} --model {role.name}`, with the model's options." if role else ""
    return spec.summary + alias


def _model_options(spec: "SimulationSpec", role: "Role | None") -> list[inspect.Parameter]:
    panel = "Model"
    weights = "Main file of the model to measure; its other files are beside it."
    project = "Measure the active version of this project."
    baseline = "Also measure this model on the same data."
    found = []
    if role is None:
        text = "Model or version (NAME-2) to measure."
        found.append(option("model", str, _first_model(spec), help=text, panel=panel, metavar="NAME"))
        text = "Option of the model as NAME=VALUE; repeat for several."
        found.append(option("option", list[str] | None, None, help=text, panel=panel, metavar="NAME=VALUE"))
    if role is None or role.files:
        found.append(option("weights", Path | None, None, help=weights, panel=panel, metavar="FILE"))
        found.append(option("project", Path | None, None, help=project, panel=panel, metavar="FOLDER"))
    found.append(option("baseline", str | None, None, help=baseline, panel="Output", metavar="MODEL"))
    return found


def _first_model(spec: "SimulationSpec") -> str:
    """The model that is measured unless another is named: the first of the task."""
    from fewclicks.methods.registry import roles

    return next((role.name for role in roles().values() if role.task == spec.task), "")


def _output_options() -> list[inspect.Parameter]:
    return [
        option(
            "json_to",
            Path | None,
            None,
            "--json",
            help="Write the report to this file.",
            panel="Output",
            metavar="FILE",
        ),
        option(
            "plot", Path | None, None, help="Write a plot of the curve (PNG, SVG, PDF).", panel="Output", metavar="FILE"
        ),
    ]


class SimulateGroup(SpecGroup):
    """The commands of simulations and their models."""

    summaries: ClassVar = _summaries
    make: ClassVar = _make


app = typer.Typer(
    cls=SimulateGroup, no_args_is_help=True, help="Measure a model with a simulated annotator: accuracy against effort."
)
