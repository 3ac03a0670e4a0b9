"""A project's own refiner and localiser, trained on the points of its finished images.

Boxes and masks count as points at their centres. A localiser is measured on images held out from training, beside the
version that answers today. A refiner is not: nobody has annotated the true centres.
"""

from pathlib import Path

from fewclicks.datasets.pointed_images import PointedSource, points_of
from fewclicks.errors import InputError
from fewclicks.methods.card import Card, write_card
from fewclicks.methods.locate import REFINE, SUGGEST
from fewclicks.methods.locate.inference.localiser import Localiser
from fewclicks.methods.locate.inference.runtime import Runtime
from fewclicks.methods.locate.training.localiser import LocaliserSettings
from fewclicks.methods.locate.training.refiner import RefinerSettings
from fewclicks.methods.locate.training.settings import ProjectSettings
from fewclicks.methods.locate.training.train import train_localiser, train_refiner
from fewclicks.methods.project_training import Progress, ProjectData
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.simulation.points.localising import spacing
from fewclicks.simulation.points.pairing import TAU
from fewclicks.simulation.points.precision import average_precision, match
from fewclicks.simulation.points.truth import PointTruth, object_counts
from fewclicks.simulation.report import JsonValue
from fewclicks.training.loop import Budget
from fewclicks.training.loop import Watch as StepWatch

TRAINED = 0.94  # progress after the last step

Json = dict[str, JsonValue]


def train_refine_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> Json:
    """Train a refiner in `data.folder`, where an interrupted run resumes; write VERSION.onnx and its card.

    Returns `version`, `weights` (the version with a fingerprint), `training_images`, `objects`, `validation` (None) and
    `finds_less` (False). Raises InputError for a project without objects.
    """
    source = _pointed(points_of(data.dataset, data.images, data.project))
    recipe = RefinerSettings(side=settings.side, batch=settings.batch, seed=settings.seed)
    budget = Budget(settings.steps, settings.minutes)
    watch = _told(progress, len(source.images))
    made = train_refiner(recipe, [source], data.start or shipped_start(), data.folder, budget, data.version, watch)
    result = _result(made, REFINE.name, source, False)
    summary = f"Careless points of the classes of the project {data.project} move to the centres of their objects."
    write_card(_card(data, REFINE.name, summary, settings, result, {}), made)
    return result


def train_suggest_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> Json:
    """Train a localiser; see `train_refine_on_annotations`.

    `finds_less` tells whether its mAP on held-out images (tau 0.5) is lower than that of the active version.
    """
    training, held = held_out(_pointed(points_of(data.dataset, data.images, data.project)))
    recipe = LocaliserSettings(side=settings.side, batch=settings.batch, seed=settings.seed)
    budget = Budget(settings.steps, settings.minutes)
    watch = _told(progress, len(training.images))
    made = train_localiser(recipe, [training], data.start or shipped_start(), data.folder, budget, data.version, watch)
    progress.say(TRAINED, f"measuring the new model on {len(held.images)} images")
    after = _mean_precision(made, held)
    before = None if data.active is None else _mean_precision(data.active, held)
    result = _result(made, SUGGEST.name, training, after is not None and before is not None and after < before)
    figures: Json = {} if after is None else {"validation mAP at tau 0.5": after, "before": before}
    summary = f"Points on all objects of the classes of the project {data.project}."
    write_card(_card(data, SUGGEST.name, summary, settings, result, figures), made)
    return result


def shipped_start() -> Path:
    """Return the shipped refiner, whose MobileNetV2 both networks start from. Raises InputError."""
    files = shipped_files(REFINE)
    if files is None:
        raise InputError("`refine` is not shipped, so there are no initial weights; choose some with --backbone")
    return files[REFINE.files[0].suffix]


def _pointed(source: PointedSource) -> PointedSource:
    if not any(len(image.points_xy) for image in source.images):
        raise InputError("no objects in any finished image; annotate some first", source.name)
    return source


def _told(progress: Progress, images: int) -> StepWatch:
    def watch(share: float, step: int, figures: dict[str, float]) -> None:
        progress.step(share * TRAINED, f"training on {images} images, step {step}", step, sum(figures.values()))

    return watch


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
    truths = [PointTruth.of_points(image.points_xy, image.class_ids, spacing(held)) for image in held.images]
    found = [model.apart(model.candidates(image.pixels()), model.separation) for image in held.images]
    matches = [match(each, truth, (TAU,)) for each, truth in zip(found, truths, strict=True)]
    return float(average_precision(matches, object_counts(truths))[0][0])


def _result(made: Path, role: str, source: PointedSource, finds_less: bool) -> Json:
    return {
        "version": made.stem,
        "weights": Runtime(made, role).network.weights,
        "training_images": len(source.images),
        "objects": sum(len(image.points_xy) for image in source.images),
        "validation": None,
        "finds_less": finds_less,
    }


def _card(data: ProjectData, role: str, summary: str, settings: ProjectSettings, result: Json, figures: Json) -> Card:
    spent = f"--minutes {settings.minutes:g}" if settings.steps is None else f"--steps {settings.steps}"
    return Card(
        name=data.version,
        method=role,
        summary=summary,
        licence="that of the project",
        data=(f"{data.project}: {result['training_images']} images, {result['objects']} objects",),
        command=f"fewclicks train {role} --project PROJECT {spent}",
        settings={"side": settings.side, "batch": settings.batch, "seed": settings.seed},
        figures=figures,
    )
