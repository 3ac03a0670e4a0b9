"""The refiners of the simulation: without training, or trained on the points that they then refine."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.errors import InputError
from fewclicks.files import read_json, write_text
from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.opening import open_refine
from fewclicks.methods.locate.inference.runtime import MAIN
from fewclicks.methods.locate.options import ConstraintOptions, RefineOptions
from fewclicks.methods.locate.training.data.radius import check_radii
from fewclicks.methods.locate.training.pseudo_boxes import self_refined, train_pseudo_boxes
from fewclicks.methods.locate.training.recipe import RATE
from fewclicks.methods.locate.training.refiner import RefinerSettings, RefinerTask
from fewclicks.methods.locate.training.simulation.reaches import Noting
from fewclicks.methods.locate.training.simulation.settings import LocateSimulation
from fewclicks.methods.locate.training.train import REACH, write_refiner
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Resources
from fewclicks.simulation.points.localising import Points, PointsModel, refined
from fewclicks.simulation.spec import Watch
from fewclicks.training.loop import Budget, device, run, tune_process
from fewclicks.training.progress import in_percent

QUARTERS = (0.25, 0.5, 0.75)


class Refiner:
    """What refines the points of images: a `Refine`.

    objects_by_reach: the number of objects by the R of their last bag, in cells, in the last call; only of an R that
    adapts to each object.
    """

    def __init__(self, settings: LocateSimulation, start: Path, folder: Path) -> None:
        """start: what training starts from. folder: of its files, unless the settings name another."""
        self._settings, self._start, self._folder = settings, start, folder
        given = {name: getattr(settings, name) for name in ConstraintOptions.model_fields}
        self._options = RefineOptions(radius=settings.reach, spacing=settings.spacing, **given)
        self.objects_by_reach: dict[int, int] | None = None

    def __call__(self, source: PointedSource, watch: Watch) -> Sequence[Sequence[Points]]:
        """Return the points after each stage of training.

        Raises InputError for an R that is larger than every image, and for a refiner of other data or settings in the
        named folder.
        """
        settings, start, folder = self._settings, self._start, self._folder
        if settings.refiner == "self":
            told = in_percent(watch, "train the detector")
            budget = Budget(settings.refiner_steps)
            detector = train_pseudo_boxes("one", source, start, folder, budget, settings.seed, told)
            return [self_refined(detector, source.images)]
        check_radius(settings, source)
        files = _trained(settings, source, start, folder, watch) if settings.refiner == "trained" else [_shipped()]
        return [self._refined(each, source, watch) for each in files]

    def _refined(self, file: Path, source: PointedSource, watch: Watch) -> Sequence[Points]:
        model = Noting(open_refine({MAIN: file}, Resources(), self._options))
        points = refined(cast(PointsModel, model), source, watch)
        self.objects_by_reach = model.objects_by_reach if self._options.adaptive else None
        return points


def check_radius(settings: LocateSimulation, source: PointedSource) -> None:
    """Raise InputError for an R that is larger than every image with points, at the scale that training reads it at.

    Only a refiner that is trained has an R of training.
    """
    trained = {"radius": settings.radius} if settings.refiner == "trained" else {}
    check_radii([source], settings.reading, settings.stride, {**trained, "reach": settings.reach or 0})


def _shipped() -> Path:
    files = shipped_files(REFINE)
    assert files is not None
    return files[MAIN]


def _trained(settings: LocateSimulation, source: PointedSource, start: Path, folder: Path, watch: Watch) -> list[Path]:
    """Train CPRNet on the points of `source`; return its file after each quarter of the training (Fig. 6).

    In the folder that the settings name, the last file is the only one: a later run uses it again.
    """
    recipe = RefinerSettings(
        stride=settings.stride,
        seed=settings.seed,
        losses=settings.losses,
        radius=settings.radius,
        centre=settings.centre,
        reading=settings.reading,
    )
    if settings.refiner_folder is None:
        return _trained_for(settings.refiner_steps, recipe, source, start, folder, watch, QUARTERS)
    kept = settings.refiner_folder
    claim(kept, recipe, source, settings.refiner_steps)
    last = kept / f"{REFINE.name}{MAIN}"
    return [last] if last.exists() else _trained_for(settings.refiner_steps, recipe, source, start, kept, watch)


def _trained_for(
    steps: int,
    recipe: RefinerSettings,
    source: PointedSource,
    start: Path,
    folder: Path,
    watch: Watch,
    stages: Sequence[float] = (),
) -> list[Path]:
    """Train CPRNet in `folder`, where an interrupted run resumes; return its file after each stage and at the end."""
    tune_process()
    task = RefinerTask(recipe, [source], start, device())
    percent, files, left = in_percent(watch, "train the refiner"), list[Path](), [*stages]

    def written(name: str) -> Path:
        return write_refiner(task, [source], folder, name, REACH)

    def told(progress: float, step: int, figures: dict[str, float]) -> None:
        percent(progress, step, figures)
        if left and step / steps >= left[0]:
            left.pop(0)
            files.append(written(f"{REFINE.name}-{step}"))

    run(task, folder, Budget(steps), RATE, told)
    return [*files, written(REFINE.name)]


def claim(folder: Path, recipe: RefinerSettings, source: PointedSource, steps: int) -> None:
    """Note in `folder` what is trained there. Raises InputError when a training on other data or settings is there."""
    points = hashlib.sha256()
    for image in source.images:
        points.update(image.path.name.encode() + image.points_xy.tobytes() + image.class_ids.tobytes())
    content = {**asdict(recipe), "steps": steps, "points": points.hexdigest()}
    note = folder / "training.json"
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_text(note, json.dumps(content))
    elif read_json(note) != content:
        raise InputError("contains a refiner of other data or settings; choose another folder", folder)
