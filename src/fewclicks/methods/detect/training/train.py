"""Training of `detect`: the recipe, the loop, and the files of the trained model."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from fewclicks.datasets.boxed_images import BoxedSource, read_boxes
from fewclicks.datasets.masked_images import Source, read_source
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.network.runtime import NetworkInfo
from fewclicks.methods.detect.training.eight_bits import copy_head
from fewclicks.methods.detect.training.export import export_detect
from fewclicks.methods.detect.training.recipe import DetectTask, Settings
from fewclicks.methods.detect.training.settings import TrainSettings
from fewclicks.methods.shared.training.class_names import class_names
from fewclicks.methods.shared.training.trained_card import training_files, write_trained_card
from fewclicks.simulation.spec import Watch
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import Budget, device, run, tune_process
from fewclicks.training.loop import Watch as StepWatch
from fewclicks.training.progress import in_percent


def train(settings: TrainSettings, watch: Watch) -> Path:
    """Train a model, or resume the run in `settings.out`; return the main file NAME.onnx.

    Also writes NAME.encoder.onnx, for two stages NAME.regions.onnx, otherwise the 8-bit copy NAME.int8.onnx, and the
    card NAME.json. Raises InputError for data that cannot be read, for settings that do not fit, and unless either
    minutes or steps are given.
    """
    settings.check_length()
    sources = [read_boxes(spec, settings.oriented) for spec in settings.data]
    if settings.limit_images is not None:
        sources = [source.sample(settings.limit_images, settings.seed) for source in sources]
    recipe, budget = recipe_of(settings), Budget(settings.steps, settings.minutes)
    cut_outs = [read_source(spec) for spec in settings.cut_outs]
    path = train_detect(
        recipe, sources, settings.backbone, settings.out, budget, settings.name, in_percent(watch), cut_outs
    )
    copy_head(path, sources)
    files = training_files([*sources, *cut_outs], [*settings.data, *settings.cut_outs])
    write_trained_card(path, DETECT.name, _summary(recipe), [*sources, *cut_outs], files, asdict(recipe))
    return path


def recipe_of(settings: TrainSettings) -> Settings:
    """Return the settings that a checkpoint belongs to."""
    return Settings(**{each.name: getattr(settings, each.name) for each in fields(Settings)})


def train_detect(
    settings: Settings,
    sources: list[BoxedSource],
    start: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: StepWatch | None = None,
    cut_outs: Sequence[Source] = (),
) -> Path:
    """Train in `folder`, where an interrupted run resumes, and write NAME.onnx and the files beside it there.

    start, the file that the network starts from, and cut_outs: see DetectTask. Without `watch` a bar shows progress.
    """
    tune_process()
    task = DetectTask(settings, sources, start, device(), cut_outs)
    run(task, folder, budget, watch=watch)
    names = {} if settings.slots else class_names(sources)
    path = folder / f"{name}.onnx"
    version = f"{name}-{fingerprint(task.network)}"
    info = NetworkInfo(version, settings.design, (*names,), (*names.values(),), settings.slots)
    export_detect(task.network, path, info)
    return path


def _summary(settings: Settings) -> str:
    known = f"{settings.slots} class slots that clicks define" if settings.slots else "the classes of its data"
    return f"Boxes of all objects from clicks with classes: {settings.variant}, {known}."
