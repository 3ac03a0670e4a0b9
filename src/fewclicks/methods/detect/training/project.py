"""A project's own `detect` model: trained on its finished images, and measured on images held out.

The model has the classes of the project (c3det as in the paper). It is measured beside the model that answers today.
"""

from pathlib import Path
from typing import cast

from fewclicks.datasets.boxed_images import BoxedSource, boxes_of, has_oriented_boxes
from fewclicks.errors import InputError
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.network.runtime import files_beside
from fewclicks.methods.detect.inference.opening import open_detect
from fewclicks.methods.detect.training.recipe import Settings
from fewclicks.methods.detect.training.settings import ProjectSettings
from fewclicks.methods.detect.training.train import train_detect
from fewclicks.methods.project_training import Progress, ProjectData, TrainedVersion, Validation
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.methods.shared.training.on_project import (
    TRAINED,
    budget_of,
    shipped_start,
    steps_on,
    write_project_card,
)
from fewclicks.methods.spec import Resources
from fewclicks.simulation.boxes.annotator import Habits
from fewclicks.simulation.boxes.run import simulate
from fewclicks.simulation.boxes.sessions import BoxesModel

MEASURED = 0.97  # progress after the new model was measured
HABITS = Habits(clicks=5, sessions=2)


def train_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> TrainedVersion:
    """Train in `data.folder`, where an interrupted run resumes; write VERSION.onnx, the files beside it and its card.

    It starts from the shipped class slots, which find what is clicked, unless `data.start` names another file. There is
    no validation without held-out images.
    """
    oriented = has_oriented_boxes(data.dataset)
    training, held = held_out(boxes_of(data.dataset, data.images, oriented, data.project))
    recipe = Settings(oriented=oriented, side=settings.side, batch=settings.batch, seed=settings.seed)
    watch = steps_on(progress, len(training.images))
    start = data.start or shipped_start(DETECT)
    model = opened(train_detect(recipe, [training], start, data.folder, budget_of(settings), data.version, watch))
    validation = _validation(model, data.active, held, progress)
    objects = sum(len(image.boxes) for image in training.images)
    finds_less = validation is not None and validation.finds_less
    made = TrainedVersion(data.version, model.info.version, len(training.images), objects, finds_less, validation)
    listed = {"oriented": oriented, "side": settings.side, "batch": settings.batch, "seed": settings.seed}
    figures = {} if validation is None else {"validation mAP at IoU 0.5 by clicks": validation.to_json()}
    summary = f"Boxes of all objects of the classes of the project {data.project}, from clicks with classes."
    write_project_card(data, DETECT, summary, settings, listed, made, figures)
    return made


def _validation(model: BoxesModel, active: Path | None, held: BoxedSource, progress: Progress) -> Validation | None:
    """Measure the new model and the one before it; None without held-out images."""
    if not held.images:
        return None
    count = len(held.images)
    progress.say(TRAINED, f"measuring the new model on {count} images")
    after = _map50(model, held)
    progress.say(MEASURED, f"measuring the model before it on {count} images")
    before = None if active is None else _comparable(active, held)
    if before is None:
        return Validation(count, after)
    return Validation(count, after, before.info.version, _map50(before, held))


def _comparable(active: Path, held: BoxedSource) -> BoxesModel | None:
    """Return the version that answers today; None when it cannot be opened, or does not know all classes."""
    try:
        model = opened(active)
    except InputError:
        return None
    known = model.info.classes
    return model if not known or set(held.class_names) <= set(known) else None


def opened(main: Path) -> BoxesModel:
    """Open the version with this main file. Raises InputError."""
    return cast(BoxesModel, open_detect(files_beside(main), Resources()))


def _map50(model: BoxesModel, held: BoxedSource) -> list[float]:
    return [mean for mean, _ in simulate(model, held, HABITS).map50_by_clicks]
