"""`fewclicks train METHOD`: a new model, with progress, resumable; on CPU or GPU."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from fewclicks.cli.choices import Clicks, Design, Encoding, Loss

app = typer.Typer(no_args_is_help=True, help="Train a model. Needs `pip install fewclicks[train]`.")


@app.command("segment")
def segment(
    data: Annotated[list[str], typer.Option(help="PATH or PATH:WEIGHT of a training set; repeat for several.")],
    backbone: Annotated[Path, typer.Option(help="MobileNetV2 weights to start from (safetensors).")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; an interrupted run goes on there.")],
    name: Annotated[str, typer.Option(help="Name of the weights file.")] = "segment",
    minutes: Annotated[float | None, typer.Option(min=0, help="Train for so long (all runs together).")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Train for so many steps instead.")] = None,
    design: Annotated[Design, typer.Option(help="Whole network on each crop, or image encoded once.")] = Design.crop,
    clicks: Annotated[Clicks, typer.Option(help="Where corrective clicks go.")] = Clicks.region,
    encoding: Annotated[Encoding, typer.Option(help="How clicks are drawn for the network.")] = Encoding.disk,
    previous_mask: Annotated[bool, typer.Option(help="Show the previous mask to the network.")] = True,
    iterative: Annotated[bool, typer.Option(help="Clicks correct the network's own later answers too.")] = True,
    loss: Annotated[Loss, typer.Option(help="Pixel loss: cross-entropy or normalised focal.")] = Loss.bce,
    colour_model: Annotated[bool, typer.Option(help="Show colour models of object and rest to the network.")] = True,
    batch: Annotated[int, typer.Option(min=1, help="Crops a step.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of data and initialisation.")] = 0,
    ranker: Annotated[bool, typer.Option(help="Train the quality ranker too.")] = True,
) -> None:
    """Train the segment network and its quality ranker, and write NAME.onnx and NAME_ranker.onnx."""
    from fewclicks.errors import FewclicksError, InputError
    from fewclicks.formats.masked_images import read_source

    if (minutes is None) == (steps is None):
        raise InputError("give either --minutes or --steps")
    try:
        from fewclicks.methods.segment.recipe import Settings
        from fewclicks.training.loop import Budget
        from fewclicks.training.segment import train_segment
    except ImportError as error:
        raise FewclicksError(f"training needs more packages ({error.name}): pip install 'fewclicks[train]'") from error
    sources = [read_source(spec) for spec in data]
    settings = Settings(
        design.value, clicks.value, encoding.value, previous_mask, iterative, loss.value, colour_model, batch, seed
    )
    weights = train_segment(settings, sources, backbone, out, Budget(steps, minutes), name)
    typer.echo(f"wrote {weights}")
    importances = _train_ranker(weights, sources, seed) if ranker else {}
    _write_card(weights, settings, sources, importances)


def _train_ranker(weights: Path, sources: list, seed: int) -> dict[str, float]:  # type: ignore[type-arg]
    from rich.progress import Progress

    from fewclicks.training.segment import RANKER_OBJECTS, train_segment_ranker

    with Progress(transient=True) as bar:
        task = bar.add_task("sessions for the ranker", total=RANKER_OBJECTS)
        path, importances = train_segment_ranker(weights, sources, lambda: bar.advance(task), seed)
    typer.echo(f"wrote {path}")
    return importances


def _write_card(weights: Path, settings, sources: list, importances: dict[str, float]) -> None:  # type: ignore[no-untyped-def,type-arg]
    from dataclasses import asdict

    from fewclicks.methods.card import Card, write_card

    card = Card(
        name=weights.stem,
        method="segment",
        summary="Interactive segmentation from a box, four extreme points or clicks, class-agnostic.",
        licence="Apache-2.0 (weights; the data have licences of their own)",
        data=tuple(f"{source.name}: {len(source.images)} images" for source in sources),
        command="fewclicks " + shlex.join(sys.argv[1:]),
        settings=asdict(settings),
        figures={"ranker feature importances": importances} if importances else {},
    )
    write_card(card, weights)
