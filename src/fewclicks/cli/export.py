"""`fewclicks export`: the export of accepted annotations."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fewclicks.application.image_choice import ImageChoice
from fewclicks.cli.format_option import FormatOption

if TYPE_CHECKING:
    from fewclicks.application.export import ExportPlan


def export(
    project: Annotated[Path, typer.Argument(help="Folder of the project.", show_default=False)],
    to: Annotated[Path, typer.Option(help="File or folder to write. Replaced only after a complete export.")],
    format_name: FormatOption = "coco",
    images: Annotated[
        ImageChoice,
        typer.Option(help="Images to export. `labelled`: those that are done or have an accepted annotation."),
    ] = "labelled",
) -> None:
    """Write the accepted annotations of a project to a file for other programs."""
    from fewclicks.application.export import chosen_dataset, plan_exports
    from fewclicks.application.written import written
    from fewclicks.cli.progress import working
    from fewclicks.formats import get_format, get_spec
    from fewclicks.store.project import Project

    spec, known = get_spec(format_name), get_format(format_name)
    with working(f"reading {project}"), Project(project) as opened:
        plan = next(plan for plan in plan_exports(opened) if plan.choice == images)
        dataset = chosen_dataset(opened, images)
    lacking = plan.lacking.get(format_name, ())
    _announce(plan, lacking)
    with working(f"writing {plan.images} images to {to}"):
        lines = known.write(dataset, to)
    others = [line for line in lines if line not in lacking]
    for line in others:
        typer.echo(f"fewclicks: {line}", err=True)
    note = f", except what {format_name} cannot hold (see above)" if others else ""
    done = written(dataset, spec, lines)
    typer.echo(f"wrote {done.content} to {to}{note}{done.left_out and f'; left out: {done.left_out}'}")


def _announce(plan: "ExportPlan", lacking: Sequence[str]) -> None:
    """Print what the export will contain and leave out, if it leaves out anything; `lacking`: because of its format."""
    if plan.left_out:
        typer.echo(f"fewclicks: exporting {plan.images} of {plan.of} images (--images {plan.choice})", err=True)
    for line in plan.left_out:
        typer.echo(f"fewclicks: left out: {line}", err=True)
    for line in lacking:
        typer.echo(f"fewclicks: {line}", err=True)
