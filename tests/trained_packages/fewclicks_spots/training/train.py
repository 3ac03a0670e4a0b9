"""Training of `spots`: on files by a command, and on the finished images of a project."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from fewclicks.datasets.pointed_images import PointedSource, points_of, read_points
from fewclicks.methods.project_training import Progress, ProjectData, TrainedVersion
from fewclicks.methods.shared.training.class_names import class_names
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.methods.shared.training.on_project import budget_of, shipped_start, steps_on, write_project_card
from fewclicks.methods.shared.training.trained_card import training_files, write_trained_card
from fewclicks.prompts import Prompts
from fewclicks.simulation.points.localising import precision_on
from fewclicks.simulation.spec import Watch
from fewclicks.training.export import export_onnx, fingerprint
from fewclicks.training.loop import Budget, device, run, tune_process
from fewclicks.training.loop import Watch as StepWatch
from fewclicks.training.progress import in_percent
from fewclicks_spots import SPOTS
from fewclicks_spots.model import MAIN, NetworkInfo, SpotsModel
from fewclicks_spots.training.recipe import Settings, SpotsTask
from fewclicks_spots.training.settings import ProjectSettings, TrainSettings


def train(settings: TrainSettings, watch: Watch) -> Path:
    """Train a model, or resume the run in `settings.out`; return its file. Raises InputError."""
    settings.check_length()
    sources = [read_points(spec) for spec in settings.data]
    recipe, budget = Settings(settings.side, settings.batch, settings.seed), Budget(settings.steps, settings.minutes)
    path = _trained(recipe, sources, settings.backbone, settings.out, budget, settings.name, in_percent(watch))
    files = training_files(sources, settings.data)
    write_trained_card(path, SPOTS.name, "Points at the peaks of heat maps.", sources, files, asdict(recipe))
    return path


def train_on_annotations(data: ProjectData, settings: ProjectSettings, progress: Progress) -> TrainedVersion:
    """Train in `data.folder`, where an interrupted run resumes. Raises InputError without initial weights."""
    training, held = held_out(points_of(data.dataset, data.images, data.project))
    recipe = Settings(settings.side, settings.batch, settings.seed)
    start, watch = data.start or shipped_start(SPOTS), steps_on(progress, len(training.images))
    path = _trained(recipe, [training], start, data.folder, budget_of(settings), data.version, watch)
    after = _precision(path, held)
    before = None if data.active is None else _precision(data.active, held)
    objects = sum(len(image.points_xy) for image in training.images)
    finds_less = after is not None and before is not None and after < before
    weights = SpotsModel(path).info.version
    made = TrainedVersion(data.version, weights, len(training.images), objects, finds_less)
    summary = f"Points on the objects of the project {data.project}."
    write_project_card(data, SPOTS, summary, settings, asdict(recipe), made, {"validation mAP at tau 0.5": after})
    return made


def _trained(
    settings: Settings,
    sources: Sequence[PointedSource],
    start: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: StepWatch,
) -> Path:
    tune_process()
    task = SpotsTask(settings, sources, start, device())
    run(task, folder, budget, watch=watch)
    classes, path = class_names(sources), folder / f"{name}{MAIN}"
    info = NetworkInfo(f"{name}-{fingerprint(task.network)}", (*classes,), (*classes.values(),))
    example = {"rgb": torch.zeros(1, 64, 96, 3, dtype=torch.uint8)}
    export_onnx(task.network, example, path, info, ("logits",), {"rgb": (1, 2)})
    return path


def _precision(main: Path, held: PointedSource) -> float | None:
    if not held.images:
        return None
    model = SpotsModel(main)
    images = (image.pixels() for image in held.images)
    return precision_on([model.respond(model.encode(each), Prompts()).answer for each in images], held)
