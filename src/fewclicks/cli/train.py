"""`fewclicks train METHOD`: a new model, with progress, resumable; on CPU or GPU."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewclicks.cli.choices import Clicks, Design, Encoding, Loss, RegionsLoss
from fewclicks.cli.limits import LARGEST_SEED, finite
from fewclicks.jobs.kinds import INSTALL

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

app = typer.Typer(no_args_is_help=True, help="Train a model. Needs torch: the extra `train` of fewclicks.")


@app.command("segment")
def segment(
    data: Annotated[list[str], typer.Option(help="PATH or PATH:WEIGHT of a training set; repeat for several.")],
    backbone: Annotated[
        Path, typer.Option(help="MobileNetV2 weights to start from (safetensors), or a trained model (ONNX).")
    ],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; an interrupted run goes on there.")],
    name: Annotated[str, typer.Option(help="Name of the weights file.")] = "segment",
    minutes: Annotated[
        float | None, typer.Option(min=0, callback=finite, help="Train for so long (all runs together).")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Train for so many steps instead.")] = None,
    design: Annotated[Design, typer.Option(help="Whole network on each crop, or image encoded once.")] = Design.crop,
    clicks: Annotated[Clicks, typer.Option(help="Where corrective clicks go.")] = Clicks.region,
    encoding: Annotated[Encoding, typer.Option(help="How clicks are drawn for the network.")] = Encoding.disk,
    previous_mask: Annotated[bool, typer.Option(help="Show the previous mask to the network.")] = True,
    iterative: Annotated[bool, typer.Option(help="Clicks correct the network's own later answers too.")] = True,
    loss: Annotated[Loss, typer.Option(help="Pixel loss: cross-entropy or normalised focal.")] = Loss.bce,
    colour_model: Annotated[bool, typer.Option(help="Show colour models of object and rest to the network.")] = True,
    batch: Annotated[int, typer.Option(min=1, help="Crops a step.")] = 16,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of data and initialisation.")] = 0,
    ranker: Annotated[bool, typer.Option(help="Train the quality ranker too.")] = True,
) -> None:
    """Train the segment network and its quality ranker, and write NAME.onnx and NAME_ranker.onnx."""
    from fewclicks.datasets.masked_images import read_source
    from fewclicks.errors import FewclicksError

    check_budget(minutes, steps)
    try:
        from fewclicks.methods.segment.training.recipe import Settings
        from fewclicks.methods.segment.training.train import train_segment
        from fewclicks.training.loop import Budget
    except ImportError as error:
        raise FewclicksError(f"training needs more packages ({error.name}): {INSTALL}") from error
    sources = [read_source(spec) for spec in data]
    settings = Settings(
        design.value, clicks.value, encoding.value, previous_mask, iterative, loss.value, colour_model, batch, seed
    )
    weights = train_segment(settings, sources, backbone, out, Budget(steps, minutes), name)
    typer.echo(f"wrote {weights}")
    importances = _train_ranker(weights, sources, seed) if ranker else {}
    write_trained_card(
        weights,
        "segment",
        "Interactive segmentation from a box, four extreme points or clicks, class-agnostic.",
        sources,
        settings,
        {"ranker feature importances": importances} if importances else {},
    )


@app.command("regions")
def regions(
    data: Annotated[list[str], typer.Option(help="PATH or PATH:WEIGHT of a set of partitions; repeat for several.")],
    backbone: Annotated[
        Path, typer.Option(help="MobileNetV2 weights to start from (safetensors), or a trained model (ONNX).")
    ],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; an interrupted run goes on there.")],
    name: Annotated[str, typer.Option(help="Name of the weights file.")] = "regions",
    minutes: Annotated[
        float | None, typer.Option(min=0, callback=finite, help="Train for so long (all runs together).")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Train for so many steps instead.")] = None,
    loss: Annotated[RegionsLoss, typer.Option(help="Over the pixels of the canvas, or mask by mask.")] = (
        RegionsLoss.pixel
    ),
    shared_points: Annotated[bool, typer.Option(help="Show a region the annotations of the others.")] = True,
    scribbles: Annotated[bool, typer.Option(help="Correct with scribbles; else extreme points alone.")] = True,
    batch: Annotated[int, typer.Option(min=1, help="Photos a step.")] = 2,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of data and initialisation.")] = 0,
) -> None:
    """Train the full-image network and write NAME.onnx and NAME.encoder.onnx."""
    from fewclicks.datasets.masked_images import read_source
    from fewclicks.errors import FewclicksError
    from fewclicks.simulation.partition.run import SMALLEST_AREA

    check_budget(minutes, steps)
    try:
        from fewclicks.methods.regions.training.recipe import Settings
        from fewclicks.methods.regions.training.train import train_regions
        from fewclicks.training.loop import Budget
    except ImportError as error:
        raise FewclicksError(f"training needs more packages ({error.name}): {INSTALL}") from error
    sources = [read_source(spec, SMALLEST_AREA) for spec in data]
    settings = Settings(loss.value, shared_points, scribbles, batch, seed)
    weights = train_regions(settings, sources, backbone, out, Budget(steps, minutes), name)
    typer.echo(f"wrote {weights}")
    summary = "Full partition of an image from extreme points and scribbles on all regions, class-agnostic."
    write_trained_card(weights, "regions", summary, sources, settings, {})


def check_budget(minutes: float | None, steps: int | None) -> None:
    """Raise InputError unless one of them is given."""
    from fewclicks.errors import InputError

    if (minutes is None) == (steps is None):
        raise InputError("give either --minutes or --steps")


def _train_ranker(weights: Path, sources: list, seed: int) -> dict[str, float]:  # type: ignore[type-arg]
    from rich.progress import Progress

    from fewclicks.methods.segment.training.train import RANKER_OBJECTS, train_segment_ranker

    with Progress(transient=True) as bar:
        task = bar.add_task("sessions for the ranker", total=RANKER_OBJECTS)
        path, importances = train_segment_ranker(weights, sources, lambda: bar.advance(task), seed)
    typer.echo(f"wrote {path}")
    return importances


def write_trained_card(
    weights: Path,
    method: str,
    summary: str,
    sources: list,  # type: ignore[type-arg]
    settings: "DataclassInstance",
    figures: dict[str, Any],
) -> None:
    """The card of what a command has just trained."""
    from dataclasses import asdict

    from fewclicks.methods.card import Card, write_card

    card = Card(
        name=weights.stem,
        method=method,
        summary=summary,
        licence="Apache-2.0 (weights; the data have licences of their own)",
        data=tuple(f"{source.name}: {len(source.images)} images" for source in sources),
        command="fewclicks " + shlex.join(sys.argv[1:]),
        settings=asdict(settings),
        figures=figures,
    )
    write_card(card, weights)
