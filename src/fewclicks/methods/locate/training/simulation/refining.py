"""The refiners of the simulation: without training, or trained on the points that they then refine."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.opening import open_refine
from fewclicks.methods.locate.inference.runtime import MAIN
from fewclicks.methods.locate.options import ConstraintOptions, RefineOptions
from fewclicks.methods.locate.training.data.radius import check_radii
from fewclicks.methods.locate.training.pseudo_boxes import self_refined, train_pseudo_boxes
from fewclicks.methods.locate.training.recipe import RATE
from fewclicks.methods.locate.training.refiner import RefinerSettings, RefinerTask
from fewclicks.methods.locate.training.simulation.settings import LocateSimulation
from fewclicks.methods.locate.training.train import REACH, device, write_refiner
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Resources
from fewclicks.simulation.points.localising import Points, PointsModel, Refine, refined
from fewclicks.simulation.spec import Watch
from fewclicks.training.loop import Budget, run, tune_process
from fewclicks.training.progress import in_percent

QUARTERS = (0.25, 0.5, 0.75)


def refiner_of(settings: LocateSimulation, start: Path, folder: Path) -> Refine:
    """Return what refines the points of images; a trained refiner starts from `start` and writes its files to `folder`.

    It raises InputError for an R that is larger than every image.
    """
    given = {name: getattr(settings, name) for name in ConstraintOptions.model_fields}
    options = RefineOptions(radius=settings.reach, **given)

    def refine(source: PointedSource, watch: Watch) -> Sequence[Sequence[Points]]:
        if settings.refiner == "self":
            told = in_percent(watch, "train the detector")
            budget = Budget(settings.refiner_steps)
            detector = train_pseudo_boxes("one", source, start, folder, budget, settings.seed, told)
            return [self_refined(detector, source.images)]
        check_radius(settings, source)
        files = _trained(settings, source, start, folder, watch) if settings.refiner == "trained" else [_shipped()]
        models = (cast(PointsModel, open_refine({MAIN: each}, Resources(), options)) for each in files)
        return [refined(model, source, watch) for model in models]

    return refine


def check_radius(settings: LocateSimulation, source: PointedSource) -> None:
    """Raise InputError for an R that is larger than every image with points, at the scale that training reads it at."""
    check_radii([source], settings.reading, settings.stride, {"radius": settings.radius, "reach": settings.reach or 0})


def _shipped() -> Path:
    files = shipped_files(REFINE)
    assert files is not None
    return files[MAIN]


def _trained(settings: LocateSimulation, source: PointedSource, start: Path, folder: Path, watch: Watch) -> list[Path]:
    """Train CPRNet on the points of `source`; return its file after each quarter of the training (Fig. 6)."""
    recipe = RefinerSettings(
        stride=settings.stride,
        seed=settings.seed,
        losses=settings.losses,
        radius=settings.radius,
        centre=settings.centre,
        reading=settings.reading,
    )
    tune_process()
    task = RefinerTask(recipe, [source], start, device())
    percent, files, left = in_percent(watch, "train the refiner"), list[Path](), list(QUARTERS)

    def written(name: str) -> Path:
        return write_refiner(task, [source], folder, name, settings.reach or REACH)

    def told(progress: float, step: int, figures: dict[str, float]) -> None:
        percent(progress, step, figures)
        if left and step / settings.refiner_steps >= left[0]:
            left.pop(0)
            files.append(written(f"refine-{step}"))

    run(task, folder, Budget(settings.refiner_steps), RATE, told)
    return [*files, written("refine")]
