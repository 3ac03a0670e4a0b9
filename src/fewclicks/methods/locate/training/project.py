"""A project's own refiner and localiser, trained on the points of its finished images.

Boxes and masks count as points at their centres. A localiser is measured on images held out from training, beside the
version that answers today. A refiner is not: nobody has annotated the true centres.
"""

from pathlib import Path

from fewclicks.datasets.pointed_images import PointedSource, points_of
from fewclicks.errors import InputError
from fewclicks.methods.locate import REFINE, SUGGEST
from fewclicks.methods.locate.inference.localiser import Localiser
from fewclicks.methods.locate.inference.runtime import Runtime
from fewclicks.methods.locate.training.localiser import LocaliserSettings
from fewclicks.methods.locate.training.refiner import RefinerSettings
from fewclicks.methods.locate.training.settings import ProjectSettings
from fewclicks.methods.locate.training.train import train_localiser, train_refiner
from fewclicks.methods.project_training import Progress, ProjectData, TrainedVersion
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.methods.shared.training.on_project import (
    TRAINED,
    budget_of,
    shipped_start,
    steps_on,
    write_project_card,
)
from fewclicks.simulation.points.localising import precision_on


def train_refine_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> TrainedVersion:
    """Train a refiner in `data.folder`, where an interrupted run resumes; write VERSION.onnx and its card.

    Raises InputError for a project without objects.
    """
    source = _pointed(points_of(data.dataset, data.images, data.project))
    recipe = RefinerSettings(side=settings.side, batch=settings.batch, seed=settings.seed)
    watch = steps_on(progress, len(source.images))
    start = data.start or shipped_start(REFINE)
    path = train_refiner(recipe, [source], start, data.folder, budget_of(settings), data.version, watch)
    made = _trained(path, REFINE.name, source)
    summary = f"Careless points of the classes of the project {data.project} move to the centres of their objects."
    write_project_card(data, REFINE, summary, settings, _listed(settings), made, {})
    return made


def train_suggest_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> TrainedVersion:
    """Train a localiser; see `train_refine_on_annotations`.

    `finds_less` tells whether its mAP on held-out images (tau 0.5) is lower than that of the active version.
    """
    training, held = held_out(_pointed(points_of(data.dataset, data.images, data.project)))
    recipe = LocaliserSettings(side=settings.side, batch=settings.batch, seed=settings.seed)
    watch = steps_on(progress, len(training.images))
    start = data.start or shipped_start(REFINE)  # its MobileNetV2 is that of localisers, too
    path = train_localiser(recipe, [training], start, data.folder, budget_of(settings), data.version, watch)
    progress.say(TRAINED, f"measuring the new model on {len(held.images)} images")
    after = _mean_precision(path, held)
    before = None if data.active is None else _mean_precision(data.active, held)
    made = _trained(path, SUGGEST.name, training, after is not None and before is not None and after < before)
    figures = {} if after is None else {"validation mAP at tau 0.5": after, "before": before}
    summary = f"Points on all objects of the classes of the project {data.project}."
    write_project_card(data, SUGGEST, summary, settings, _listed(settings), made, figures)
    return made


def _pointed(source: PointedSource) -> PointedSource:
    if not any(len(image.points_xy) for image in source.images):
        raise InputError("no objects in any finished image; annotate some first", source.name)
    return source


def _mean_precision(main: Path, held: PointedSource) -> float | None:
    """Return the mAP at tau 0.5, where objects are as large as the usual distance between neighbours.

    None without held-out images, and for a version that cannot be opened or does not know all classes.
    """
    try:
        model = Localiser(main)
    except InputError:
        return None
    known = set(model.network.class_ids)
    if not held.images or not {int(each) for image in held.images for each in image.class_ids} <= known:
        return None
    found = [model.apart(model.candidates(image.pixels()), model.separation) for image in held.images]
    return precision_on(found, held)


def _trained(path: Path, role: str, source: PointedSource, finds_less: bool = False) -> TrainedVersion:
    objects = sum(len(image.points_xy) for image in source.images)
    return TrainedVersion(path.stem, Runtime(path, role).network.weights, len(source.images), objects, finds_less)


def _listed(settings: ProjectSettings) -> dict[str, int]:
    return {"side": settings.side, "batch": settings.batch, "seed": settings.seed}
