"""Training of `locate`: the recipes, the loop, and the files of the trained models."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TypeVar

from fewclicks.datasets.pointed_images import PointedSource, read_points
from fewclicks.methods.locate import REFINE, SUGGEST
from fewclicks.methods.locate.inference.runtime import MAIN, NetworkInfo
from fewclicks.methods.locate.training.calibration import calibrated, typical_scores
from fewclicks.methods.locate.training.data.radius import check_radii
from fewclicks.methods.locate.training.data.scales import fixed_scale
from fewclicks.methods.locate.training.export import export_network
from fewclicks.methods.locate.training.localiser import LocaliserSettings, LocaliserTask
from fewclicks.methods.locate.training.recipe import RATE, CropSettings
from fewclicks.methods.locate.training.refiner import RefinerSettings, RefinerTask
from fewclicks.methods.locate.training.settings import LocateSettings, RefineTrainSettings, SuggestTrainSettings
from fewclicks.methods.shared.training.class_names import class_names
from fewclicks.methods.shared.training.trained_card import training_files, write_trained_card
from fewclicks.simulation.spec import Watch
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import Budget, device, run, tune_process
from fewclicks.training.loop import Watch as StepWatch
from fewclicks.training.progress import in_percent

REACH = 8  # R of refinement, in cells

Recipe = TypeVar("Recipe", bound=CropSettings)


def train_refine(settings: RefineTrainSettings, watch: Watch) -> Path:
    """Train a refiner, or resume the run in `settings.out`; return its file NAME.onnx.

    Also writes the card NAME.json. Raises InputError for data that cannot be read, for settings that do not fit, for an
    R that is larger than every image, and unless either minutes or steps are given.
    """
    sources, budget = _sources(settings), Budget(settings.steps, settings.minutes)
    recipe, told = recipe_of(RefinerSettings, settings), in_percent(watch)
    check_radii(sources, recipe.reading, recipe.stride, {"radius": recipe.radius, "reach": settings.reach})
    path = train_refiner(recipe, sources, settings.backbone, settings.out, budget, settings.name, told, settings.reach)
    summary = "Careless points of the classes of its data move to the centres of their objects."
    files = training_files(sources, settings.data)
    write_trained_card(path, REFINE.name, summary, sources, files, asdict(recipe) | {"reach": settings.reach})
    return path


def train_suggest(settings: SuggestTrainSettings, watch: Watch) -> Path:
    """Train a localiser, or resume the run in `settings.out`; return its file NAME.onnx. See `train_refine`."""
    sources, budget = _sources(settings), Budget(settings.steps, settings.minutes)
    recipe, told = recipe_of(LocaliserSettings, settings), in_percent(watch)
    path = train_localiser(recipe, sources, settings.backbone, settings.out, budget, settings.name, told)
    summary = "Points on all objects of the classes of its data."
    files = training_files(sources, settings.data)
    write_trained_card(path, SUGGEST.name, summary, sources, files, asdict(recipe))
    return path


def recipe_of(kind: type[Recipe], settings: LocateSettings) -> Recipe:
    """Return the settings that a checkpoint belongs to."""
    return kind(**{each.name: getattr(settings, each.name) for each in fields(kind)})


def train_refiner(
    settings: RefinerSettings,
    sources: Sequence[PointedSource],
    start: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: StepWatch | None = None,
    reach: int = REACH,
) -> Path:
    """Train CPRNet in `folder`, where an interrupted run resumes, and write NAME.onnx there.

    start: see `load_stages`. reach: R of refinement, in cells. Without `watch` a bar shows the progress.
    """
    tune_process()
    task = RefinerTask(settings, sources, start, device())
    run(task, folder, budget, RATE, watch)
    return write_refiner(task, sources, folder, name, reach)


def write_refiner(task: RefinerTask, sources: Sequence[PointedSource], folder: Path, name: str, reach: int) -> Path:
    """Write the network of a training run as it is now, as NAME.onnx; return the file. See `train_refiner`."""
    scale = fixed_scale(sources, task.settings.reading)
    version = f"{name}-{fingerprint(task.network)}"
    images = [image for of_source in task.sampler.images for image in of_source]
    info = NetworkInfo(
        version, REFINE.name, *_classes(sources), task.settings.stride, reach,
        typical=typical_scores(task.network, images, task.channel_of), scale=scale,
    )  # fmt: skip
    export_network(task.network, folder / f"{name}{MAIN}", info)
    return folder / f"{name}{MAIN}"


def train_localiser(
    settings: LocaliserSettings,
    sources: Sequence[PointedSource],
    start: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: StepWatch | None = None,
) -> Path:
    """Train P2PNet in `folder`, where an interrupted run resumes, and write NAME.onnx there. See `train_refiner`."""
    tune_process()
    task = LocaliserTask(settings, sources, start, device())
    run(task, folder, budget, RATE, watch)
    class_ids, names = _classes(sources)
    images = [image for of_source in task.sampler.images for image in of_source]
    choice = calibrated(task.network, images, class_ids)
    info = NetworkInfo(
        f"{name}-{fingerprint(task.network)}", SUGGEST.name, class_ids, names, settings.stride,
        scale=task.scale, score=choice.lowest_score, separation=choice.radius,
    )  # fmt: skip
    export_network(task.network, folder / f"{name}{MAIN}", info)
    return folder / f"{name}{MAIN}"


def _sources(settings: LocateSettings) -> list[PointedSource]:
    settings.check_length()
    sources = [read_points(spec) for spec in settings.data]
    if settings.limit_images is None:
        return sources
    return [source.sample(settings.limit_images, settings.seed) for source in sources]


def _classes(sources: Sequence[PointedSource]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    names = class_names(sources)
    return (*names,), (*names.values(),)
