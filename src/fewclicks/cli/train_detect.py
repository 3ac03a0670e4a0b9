"""`fewclicks train detect`: a detector that clicks tell what to find."""

from pathlib import Path
from typing import Annotated

import typer

from fewclicks.cli.choices import (
    ClickCount,
    Collation,
    Correlation,
    EarlyFusion,
    LateFusion,
    Stages,
    TrainedVariant,
    Uel,
)
from fewclicks.cli.limits import LARGEST_SEED, finite
from fewclicks.cli.train import check_budget, write_trained_card
from fewclicks.cli.train_project import train_on_project
from fewclicks.jobs.kinds import INSTALL

WITH_PROJECT = ("resume", "minutes", "steps", "backbone", "side", "batch", "seed")


def given_options(context: typer.Context) -> set[str]:
    """The names of the options that stand in the command line."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}


def detect(
    context: typer.Context,
    data: Annotated[
        list[str] | None,
        typer.Option(help="PATH[@SET][:WEIGHT]: COCO, YOLO, or a folder of VOC or DOTA files; repeat for several."),
    ] = None,
    backbone: Annotated[
        Path | None,
        typer.Option(help="MobileNetV2 weights to start from (safetensors), or a trained model or its encoder (ONNX)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for checkpoints and results; an interrupted run goes on there.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="Instead of --data: train on the finished images of this project, for itself.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="With --project: go on with its last training, which ended early.")
    ] = False,
    name: Annotated[str, typer.Option(help="Name of the weights file.")] = "detect",
    minutes: Annotated[
        float | None, typer.Option(min=0, callback=finite, help="Train for so long (all runs together).")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Train for so many steps instead.")] = None,
    limit_images: Annotated[int | None, typer.Option(min=1, help="Only so many random images of each set.")] = None,
    variant: Annotated[TrainedVariant, typer.Option(help="What becomes of clicks.")] = TrainedVariant.c3det,
    stages: Annotated[Stages, typer.Option(help="Like RetinaNet, or like Faster R-CNN.")] = Stages.one,
    oriented: Annotated[bool, typer.Option("--oriented", help="Boxes of least area, turned.")] = False,
    slots: Annotated[int, typer.Option(min=0, max=64, help="Class slots; 0: the classes of the data.")] = 0,
    late_fusion: Annotated[LateFusion, typer.Option(help="Network that reads heatmaps.")] = LateFusion.small,
    correlation: Annotated[Correlation, typer.Option(help="How templates are correlated.")] = Correlation.cosine,
    collation: Annotated[Collation, typer.Option(help="By class after or before correlating.")] = Collation.after,
    sigma: Annotated[
        float, typer.Option(min=0.1, max=100, callback=finite, help="Standard deviation of heatmaps, in pixels.")
    ] = 9.0,
    early_fusion: Annotated[
        EarlyFusion, typer.Option(help="First layer of the variant early.")
    ] = EarlyFusion.pretrained,
    uel: Annotated[Uel, typer.Option(help="User-input enforcing loss.")] = Uel.code,
    clicks: Annotated[ClickCount, typer.Option(help="A random share of the objects, or 0 to 20.")] = ClickCount.share,
    side: Annotated[int, typer.Option(min=32, max=2048, help="Pixels of a training canvas.")] = 448,
    batch: Annotated[int, typer.Option(min=1, help="Canvases a step.")] = 4,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of images, data and initialisation.")] = 0,
) -> None:
    """Train a detector and write NAME.onnx, NAME.encoder.onnx and, of two stages, NAME.regions.onnx."""
    from fewclicks.datasets.boxed_images import read_boxes
    from fewclicks.errors import FewclicksError, InputError

    if project is not None:
        if given_options(context) - {"project", *WITH_PROJECT}:
            options = ", ".join(f"--{each}" for each in WITH_PROJECT[:-1])
            raise InputError(f"with --project go {options} and --{WITH_PROJECT[-1]} alone")
        train_on_project(project, backbone, minutes, steps, side, batch, seed, resume)
        return
    if not data or backbone is None or out is None:
        raise InputError("give --data, --backbone and --out, or --project")
    check_budget(minutes, steps)
    try:
        from fewclicks.methods.detect.training.recipe import Settings
        from fewclicks.methods.detect.training.train import train_detect
        from fewclicks.training.loop import Budget
    except ImportError as error:
        raise FewclicksError(f"training needs more packages ({error.name}): {INSTALL}") from error
    sources = [read_boxes(spec, oriented) for spec in data]
    if limit_images is not None:
        sources = [source.sample(limit_images, seed) for source in sources]
    settings = Settings(
        variant.value,
        stages.value,
        oriented,
        late_fusion.value,
        correlation.value,
        collation.value,
        sigma,
        early_fusion.value,
        uel.value,
        slots,
        clicks.value,
        side,
        batch,
        seed,
    )
    weights = train_detect(settings, sources, backbone, out, Budget(steps, minutes), name)
    typer.echo(f"wrote {weights}")
    known = f"{slots} class slots that clicks define" if slots else "the classes of its data"
    summary = f"Boxes of all objects from clicks with classes: {variant.value}, {known}."
    write_trained_card(weights, "detect", summary, sources, settings, {})
