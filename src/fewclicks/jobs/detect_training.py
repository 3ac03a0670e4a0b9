"""A project's own model for `detect`: what a training needs, and what its job is given to work with."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.files import write_text
from fewclicks.formats.coco import CocoInstances
from fewclicks.images.files import is_large
from fewclicks.labels import OrientedBox
from fewclicks.methods.versions import FOLDER, SHIPPED, model_file
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project
from fewclicks.store.records import ImageSummary
from fewclicks.store.repository import Repository

METHOD = "detect"
FEWEST_IMAGES = 8
FEWEST_WITH_BOXES = 2  # one to train on and one to check the model with
MOST_MINUTES = 10_000  # a week
DATA, REQUEST = "data.json", "request.json"


@dataclass(frozen=True, slots=True)
class DetectTraining:
    """How to train. `minutes` of this machine, all runs together, or `steps`; `side` of a canvas in pixels.

    start: the file that the network starts from, see `start_weights`.
    """

    start: Path
    minutes: float | None = None
    steps: int | None = None
    side: int = 448
    batch: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises InputError unless there are either minutes or steps, and for sizes that make no canvas."""
        if (self.minutes is None) == (self.steps is None):
            raise InputError("a training takes either minutes or steps")
        if self.minutes is not None and not 0 < self.minutes <= MOST_MINUTES:
            raise InputError(f"a training takes more than 0 and at most {MOST_MINUTES} minutes, not {self.minutes:g}")
        if self.side % 32 or self.side <= 0:
            raise InputError(f"the side of a canvas is a multiple of 32, not {self.side}")
        if not self.start.is_file():
            raise InputError("there are no such weights to start from", self.start)


@dataclass(frozen=True, slots=True)
class Readiness:
    """What there is to train on: finished images and the boxes in them. `missing` says in one line what is not."""

    finished: int
    needed: int
    boxes: int
    missing: str


def start_weights() -> Path:
    """Where a training starts: the shipped class-slot model, which boxes what is clicked, whatever it is."""
    return SHIPPED / f"{METHOD}.onnx"


def readiness(log: Repository) -> Readiness:
    """Whether the project can train now."""
    finished = [row for row in log.summaries() if _is_usable(row)]
    boxes = [row.annotations - row.proposed for row in finished]
    missing = _missing(len(finished), sum(map(bool, boxes)), bool(log.classes()))
    return Readiness(len(finished), FEWEST_IMAGES, sum(boxes), missing)


def prepare(project: Project, training: DetectTraining) -> Callable[[Path], None]:
    """What fills the folder of a training job: the finished images as they are now, with the shapes in them.

    It raises InputError when there is too little.
    """

    def fill(folder: Path) -> None:
        with project.reading() as log:
            ready = readiness(log)
            finished = {row.id for row in log.summaries() if _is_usable(row)}
            answering = model_file(project.folder / FOLDER, METHOD, log.chosen_models.get(METHOD))
        if ready.missing:
            raise InputError(ready.missing)
        everything = export_dataset(project)
        dataset = replace(
            everything,
            images=tuple(image for image in everything.images if image.id in finished),
            annotations=tuple(each for each in everything.annotations if each.image_id in finished),
        )
        turned = any(isinstance(each.shape, OrientedBox) and each.shape.angle for each in dataset.annotations)
        request = asdict(training) | {
            "start": str(training.start.resolve()),
            "project": project.name,
            "images": str(project.image_folder),
            "models": str(project.folder / FOLDER),
            "answering": None if answering is None else str(answering),
            "oriented": turned,
        }
        CocoInstances().write(dataset, folder / DATA)
        write_text(folder / REQUEST, json.dumps(request, indent=2) + "\n")

    return fill


def _is_usable(row: ImageSummary) -> bool:
    """Finished, and small enough to be read as a whole."""
    return row.status == "done" and row.problem is None and not is_large((row.height, row.width))


def _missing(finished: int, with_boxes: int, has_classes: bool) -> str:
    if not has_classes:
        return "the project has no classes"
    if finished < FEWEST_IMAGES:
        more = FEWEST_IMAGES - finished
        return (
            f"{finished} of at least {FEWEST_IMAGES} images are finished: "
            f"mark {more} more {'image' if more == 1 else 'images'} as done"
        )
    if with_boxes < FEWEST_WITH_BOXES:
        count = "no finished image has" if with_boxes == 0 else "only one finished image has"
        return f"{count} accepted objects; at least {FEWEST_WITH_BOXES} are needed"
    return ""
