"""Training on a project: its requirements, and the files of the job."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fewclicks.errors import InputError, OutdatedError
from fewclicks.files import write_text
from fewclicks.formats.coco import CocoInstances
from fewclicks.images.files import is_large
from fewclicks.methods.versions import FOLDER
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project
from fewclicks.store.records import ImageSummary
from fewclicks.store.repository import Repository
from fewclicks.store.snapshots import Json

FEWEST_IMAGES = 8
FEWEST_WITH_BOXES = 2  # one to train on and one to check the model with
MOST_MINUTES = 10_000  # a week
DATA, REQUEST = "data.json", "request.json"


@dataclass(frozen=True, slots=True)
class ProjectTraining:
    """A training run: its `minutes` on this machine, including resumed runs, or its `steps`.

    start: the file of the initial weights; None: chosen by the method. settings: further settings of the method, by
    name. replaces: the version that was active at the start, None: the shipped one; the new version becomes active in
    its place.
    """

    role: str
    start: Path | None = None
    minutes: float | None = None
    steps: int | None = None
    seed: int = 0
    settings: Json = field(default_factory=dict)
    replaces: str | None = None

    def __post_init__(self) -> None:
        """Raise InputError unless there are either minutes or steps, or when the start file is missing."""
        if (self.minutes is None) == (self.steps is None):
            raise InputError("expected either minutes or steps for a training run; use one of them")
        if self.minutes is not None and not 0 < self.minutes <= MOST_MINUTES:
            problem = f"expected more than 0 and at most {MOST_MINUTES} minutes"
            raise InputError(f"{problem}, got {self.minutes:g}")
        if self.start is not None and not self.start.is_file():
            raise InputError("file not found; choose another file to start from", self.start)


@dataclass(frozen=True, slots=True)
class Readiness:
    """The training data of a project: finished images and their boxes; `missing`: a line on missing data, or empty."""

    finished: int
    needed: int
    boxes: int
    missing: str


def readiness(log: Repository) -> Readiness:
    """Return whether the project can be trained now."""
    finished = [row for row in log.summaries() if _is_usable(row)]
    boxes = [row.annotations - row.proposed for row in finished]
    missing = _missing(len(finished), sum(map(bool, boxes)), bool(log.classes()))
    return Readiness(len(finished), FEWEST_IMAGES, sum(boxes), missing)


def prepare(project: Project, training: ProjectTraining, active: Path | None) -> Callable[[Path], None]:
    """Return a function that fills a job's folder with the finished images and their annotations.

    active: the main file of the active version. The returned function raises InputError when there is too little
    training data.
    """

    def fill(folder: Path) -> None:
        with project.reading() as log:
            ready = readiness(log)
        if ready.missing:
            raise InputError(ready.missing)
        dataset = export_dataset(project, _is_usable)
        request = asdict(training) | {
            "start": None if training.start is None else str(training.start.resolve()),
            "project": project.name,
            "images": str(project.image_folder),
            "models": str(project.folder / FOLDER),
            "answering": None if active is None else str(active),
        }
        CocoInstances().write(dataset, folder / DATA)
        write_text(folder / REQUEST, json.dumps(request, indent=2) + "\n")

    return fill


def check_replaced(result: Json, active: str | None) -> None:
    """Raise OutdatedError if the version that the training was to replace is not `active` any more.

    result: that of the training. None: the shipped version.
    """
    if active not in (result.get("replaces", active), result["version"]):  # early versions did not record it
        chosen = "the shipped version" if active is None else f"'{active}'"
        advice = f"choose '{result['version']}' in the model panel to use it"
        raise OutdatedError(f"{chosen} was chosen during the training run, so it stays active; {advice}")


def _is_usable(row: ImageSummary) -> bool:
    """Return whether the image is finished and small enough to be read as a whole."""
    return row.status == "done" and row.problem is None and not is_large((row.height, row.width))


def _missing(finished: int, with_boxes: int, has_classes: bool) -> str:
    if not has_classes:
        return "the project has no classes; add one"
    if finished < FEWEST_IMAGES:
        more = FEWEST_IMAGES - finished
        return (
            f"{finished} of at least {FEWEST_IMAGES} images are finished; "
            f"set {more} more {'image' if more == 1 else 'images'} to done"
        )
    if with_boxes < FEWEST_WITH_BOXES:
        count = "no finished image has" if with_boxes == 0 else "only one finished image has"
        return f"{count} accepted objects; accept objects in at least {FEWEST_WITH_BOXES}"
    return ""
