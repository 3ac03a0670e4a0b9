"""A project's own `detect` model: trained on its finished images, and measured on images held out.

The model has the classes of the project (c3det as in the paper). It is measured beside the model that answers today.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fewclicks.datasets.boxed_images import BoxedSource, boxes_of, has_oriented_boxes
from fewclicks.errors import InputError
from fewclicks.methods.card import Card, write_card
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.network.runtime import files_beside
from fewclicks.methods.detect.inference.opening import open_detect
from fewclicks.methods.detect.training.recipe import Settings
from fewclicks.methods.detect.training.settings import ProjectSettings
from fewclicks.methods.detect.training.train import train_detect
from fewclicks.methods.project_training import Progress, ProjectData
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.methods.spec import Resources
from fewclicks.simulation.boxes.annotator import Habits
from fewclicks.simulation.boxes.run import simulate
from fewclicks.simulation.boxes.sessions import BoxesModel
from fewclicks.simulation.report import JsonValue
from fewclicks.training.loop import Budget

TRAINED = 0.94  # progress after the last step
MEASURED = 0.97  # progress after the new model was measured
HABITS = Habits(clicks=5, sessions=2)

Json = dict[str, JsonValue]


def train_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> Json:
    """Train in `data.folder`, where an interrupted run resumes; write VERSION.onnx, the files beside it and its card.

    Returns `version`, `weights` (the version with a fingerprint), `training_images`, `objects`, `validation` (mAP by
    the number of clicks, of this model and of the one before it; None without held-out images), and `finds_less`.
    """
    oriented = has_oriented_boxes(data.dataset)
    training, held = held_out(boxes_of(data.dataset, data.images, oriented, data.project))
    recipe = Settings(oriented=oriented, side=settings.side, batch=settings.batch, seed=settings.seed)

    def watch(share: float, step: int, figures: dict[str, float]) -> None:
        message = f"training on {len(training.images)} images, step {step}"
        progress.step(share * TRAINED, message, step, sum(figures.values()))

    budget = Budget(settings.steps, settings.minutes)
    made = train_detect(recipe, [training], data.start or shipped_main(), data.folder, budget, data.version, watch)
    model = opened(made)
    validation = _validation(model, data.active, held, progress)
    result: Json = {
        "version": data.version,
        "weights": model.info.version,
        "training_images": len(training.images),
        "objects": sum(len(image.boxes) for image in training.images),
        "validation": None if validation is None else validation.to_json(),
        "finds_less": validation is not None and validation.finds_less,
    }
    write_card(_card(data.project, settings, oriented, result), made)
    return result


@dataclass(frozen=True, slots=True)
class Validation:
    """mAP at IoU 0.5 on held-out `images` after 0, 1, ... clicks, of the new model and of the version before it."""

    images: int
    map50: list[float]
    weights_before: str | None = None
    map50_before: list[float] | None = None

    @property
    def finds_less(self) -> bool:
        """Whether the mean mAP over the numbers of clicks is lower than before."""
        return self.map50_before is not None and sum(self.map50) < sum(self.map50_before)

    def to_json(self) -> Json:
        before: Json | None = None
        if self.map50_before is not None:
            before = {"weights": self.weights_before, "map50": self.map50_before}
        return {"images": self.images, "map50": self.map50, "before": before}


def shipped_main() -> Path:
    """The shipped class-slot model, which finds what is clicked, whatever it is."""
    files = shipped_files(DETECT)
    if files is None:
        raise InputError("`detect` is not shipped, so there are no initial weights; choose some with --backbone")
    return files[DETECT.files[0].suffix]


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


def _card(project: str, settings: ProjectSettings, oriented: bool, result: Json) -> Card:
    spent = f"--minutes {settings.minutes:g}" if settings.steps is None else f"--steps {settings.steps}"
    validation = result["validation"]
    return Card(
        name=str(result["version"]),
        method=DETECT.name,
        summary=f"Boxes of all objects of the classes of the project {project}, from clicks with classes.",
        licence="that of the project",
        data=(f"{project}: {result['training_images']} images, {result['objects']} objects",),
        command=f"fewclicks train detect --project PROJECT {spent}",
        settings={"oriented": oriented, "side": settings.side, "batch": settings.batch, "seed": settings.seed},
        figures={} if validation is None else {"validation mAP at IoU 0.5 by clicks": validation},
    )
