"""A project's `detect` model of a learning round: trained on partly labelled images, and measured on images held out.

The model takes no clicks: it finds all objects of the classes that it has learnt.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.network.runtime import NetworkInfo
from fewclicks.methods.detect.training.export import export_detect
from fewclicks.methods.detect.training.partly.detector import PartlyDetector
from fewclicks.methods.detect.training.partly.recipe import PartlySettings
from fewclicks.methods.detect.training.project import opened
from fewclicks.methods.project_training import FEWEST_FINISHED, Json, PartlyData, Progress
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.methods.shared.training.on_project import shipped_start, write_version_card
from fewclicks.simulation.boxes.annotator import Habits
from fewclicks.simulation.boxes.run import simulate
from fewclicks.simulation.report import JsonValue
from fewclicks.training.export import fingerprint

READ, TRAINED = 0.1, 0.95  # progress after all images were read, and after the last step
SEED = 0
WITHOUT_CLICKS = Habits(clicks=0, sessions=1)


def train_on_answers(data: PartlyData, steps: int, progress: Progress) -> Json:
    """Train in `data.folder`, where an interrupted run resumes; write VERSION.onnx, the files beside it and its card.

    Returns `weights` (the version with a fingerprint), `training_images`, `objects`, `held_out` (the paths of the
    finished images that it was not trained on), and `measured`: the number of held-out `images`, their `map50` and
    `ap50` by class name; None with less than FEWEST_FINISHED finished images.
    Raises InputError for an image that cannot be read, and when no image has a labelled box.
    """
    held = _held_out(data)
    used = [number for number, image in enumerate(data.images) if image not in held]
    images = tuple(data.images[number] for number in used)
    lessons = [replace(data.lessons[number], number=index) for index, number in enumerate(used)]
    count = len(images)

    def watch(share: float, step: int, figures: dict[str, float]) -> None:
        message = f"training on {count:,} images, step {step:,} of {steps:,}"
        progress.step(READ + (TRAINED - READ) * share, message, step, sum(figures.values()))

    settings = PartlySettings(oriented=data.oriented)
    reading = _Reading(progress, count)
    detector = PartlyDetector(images, data.classes, settings, steps, None, shipped_start(DETECT), reading.advance)
    detector.training_maps(lessons, reading.advance)
    network = detector.learn(lessons, SEED, watch=watch, folder=data.folder).network.cpu()
    path, names = data.folder / f"{data.version}.onnx", [data.classes[known] for known in sorted(data.classes)]
    weights = f"{data.version}-{fingerprint(network)}"
    export_detect(network, path, NetworkInfo(weights, settings.design, (*sorted(data.classes),), (*names,)))
    result: Json = {
        "weights": weights,
        "training_images": count,
        "objects": sum(int((~lesson.noisy).sum()) for lesson in lessons),
        "held_out": [str(image.path) for image in held],
        "measured": _measured(path, data, held, progress),
    }
    _write_card(data, settings, steps, result)
    return result


@dataclass
class _Reading:
    """Says how many of `count` images were read: once at the usual size, and once at the other sizes of training."""

    progress: Progress
    count: int
    read: int = 0

    def advance(self) -> None:
        self.read += 1
        again = self.read > self.count
        number, how = self.read - again * self.count, " at other sizes" if again else ""
        message = f"reading image {number:,} of {self.count:,}{how}"
        self.progress.say(READ * self.read / (2 * self.count), message)


def _held_out(data: PartlyData) -> tuple[BoxedImage, ...]:
    """Return the finished images to measure on; none while there are too few."""
    pairs = zip(data.images, data.lessons, strict=True)
    finished = tuple(image for image, lesson in pairs if lesson.is_full and len(image.boxes))
    if len(finished) < FEWEST_FINISHED:
        return ()
    _, held = held_out(BoxedSource(data.project, finished, data.classes))
    return held.images


def _measured(path: Path, data: PartlyData, held: tuple[BoxedImage, ...], progress: Progress) -> Json | None:
    if not held:
        return None
    progress.say(TRAINED, f"measuring the new model on {len(held):,} images")
    source = BoxedSource(data.project, held, data.classes)
    found = simulate(opened(path), source, WITHOUT_CLICKS)
    ap50: dict[str, JsonValue] = {name: figures[0][0] for name, figures in found.per_class.items()}
    return {"images": len(held), "map50": found.map50_by_clicks[0][0], "ap50": ap50}


def _write_card(data: PartlyData, settings: PartlySettings, steps: int, result: Json) -> None:
    summary = f"Boxes of all objects of the classes {', '.join(data.classes.values())}, without clicks."
    trained_on = f"{result['training_images']} partly labelled images, {result['objects']} objects"
    command = "a learning round of the page, with this number of steps"
    listed, measured = {**asdict(settings), "steps": steps}, result["measured"]
    figures = {} if measured is None else {"mAP at IoU 0.5 on held-out images": measured}
    write_version_card(data, DETECT, summary, trained_on, command, listed, figures)
