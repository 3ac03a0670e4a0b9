"""The job that trains `detect` on a project: `python -m fewclicks.jobs.project_detect FOLDER`.

Fixed classes, those of the project (c3det as in the paper); clicks from the first step on. The new model is checked on
images that it was not trained on, beside the one that has answered so far, and becomes the project's next version.
"""

from pathlib import Path
from typing import Any

from fewclicks.datasets.boxed_images import BoxedSource, boxes_of
from fewclicks.errors import InputError
from fewclicks.files import read_json
from fewclicks.formats.coco import CocoInstances
from fewclicks.jobs.detect_training import DATA, METHOD, REQUEST
from fewclicks.jobs.reports import Reporter
from fewclicks.jobs.worker import run_job
from fewclicks.methods.card import Card, write_card
from fewclicks.methods.detect.inference.assist import DetectAssist
from fewclicks.methods.detect.inference.detections import Detector
from fewclicks.methods.detect.inference.opening import open_detector
from fewclicks.methods.detect.inference.tiled import TiledDetector
from fewclicks.methods.detect.training.held_out import held_out
from fewclicks.methods.detect.training.recipe import Settings
from fewclicks.methods.detect.training.train import train_detect
from fewclicks.methods.versions import add_version, next_version
from fewclicks.simulation.boxes.run import Person, simulate
from fewclicks.store.snapshots import Json
from fewclicks.training.loop import Budget

TRAINED = 0.94  # of the progress, when the last step is done
CHECKED = 0.97  # when the new model is checked
PERSON = Person(clicks=5, sessions=2)


def train(folder: Path, reporter: Reporter) -> Json:
    """Train, check, and add the version; returns what the page shows of it."""
    request = read_json(folder / REQUEST)
    reporter.say(0.0, "reading the finished images")
    dataset = CocoInstances().read(folder / DATA)
    source = boxes_of(dataset, Path(request["images"]), request["oriented"], request["project"])
    training, held = held_out(source)
    settings = Settings(
        oriented=request["oriented"], side=request["side"], batch=request["batch"], seed=request["seed"]
    )
    budget, models = Budget(request["steps"], request["minutes"]), Path(request["models"])

    def watch(progress: float, step: int, figures: dict[str, float]) -> None:
        message = f"training on {len(training.images)} images, step {step}"
        reporter.step(progress * TRAINED, message, step, sum(figures.values()))

    name = next_version(models, METHOD)
    made = train_detect(settings, [training], Path(request["start"]), folder, budget, name, watch)
    validation = _check(made, request["answering"], held, reporter)
    result = {
        "version": name,
        "weights": DetectAssist(made).weights,
        "training_images": len(training.images),
        "objects": sum(len(image.boxes) for image in training.images),
        "validation": validation,
        "finds_less": finds_less(validation),
    }
    write_card(_card(name, request, result), made)
    add_version(made, models)
    return result


def _check(made: Path, answering: str | None, held: BoxedSource, reporter: Reporter) -> Json | None:
    """mAP at IoU 0.5 after 0, 1, ... clicks, of the new model and the one before; None when no image was spared."""
    if not held.images:
        return None
    reporter.say(TRAINED, f"checking the new model on {len(held.images)} images")
    after = _map50(DetectAssist(made), held)
    reporter.say(CHECKED, f"checking the model before it on {len(held.images)} images")
    before = None if answering is None else _before(Path(answering), held)
    return {"images": len(held.images), "map50": after, "before": before}


def finds_less(validation: Json | None) -> bool:
    """Whether the new model is known to find less than the one before it, in the mean over the numbers of clicks."""
    if validation is None or validation["before"] is None:
        return False
    return sum(validation["map50"]) < sum(validation["before"]["map50"])


def _before(answering: Path, held: BoxedSource) -> Json | None:
    """The same of the model that answers by now; None when it cannot be opened, or does not know all classes."""
    try:
        assist = open_detector(answering)
    except InputError:
        return None
    if not (assist.traits.slots or set(held.class_names) <= set(assist.class_names)):
        return None
    return {"weights": assist.weights, "map50": _map50(assist, held)}


def _map50(assist: Detector, held: BoxedSource) -> list[float]:
    detector = TiledDetector(assist)
    report = simulate(lambda _: detector, held, PERSON)
    return [mean for mean, _ in report["map50_by_clicks"]]


def _card(name: str, request: dict[str, Any], result: Json) -> Card:
    spent = f"--minutes {request['minutes']:g}" if request["steps"] is None else f"--steps {request['steps']}"
    figures = {} if result["validation"] is None else {"validation mAP at IoU 0.5 by clicks": result["validation"]}
    return Card(
        name=name,
        method=METHOD,
        summary=f"Boxes of all objects of the classes of the project {request['project']}, from clicks with classes.",
        licence="that of the project",
        data=(f"{request['project']}: {result['training_images']} images, {result['objects']} objects",),
        command=f"fewclicks train detect --project PROJECT {spent}",
        settings={key: request[key] for key in ("oriented", "side", "batch", "seed")},
        figures=figures,
    )


if __name__ == "__main__":
    run_job(train)
