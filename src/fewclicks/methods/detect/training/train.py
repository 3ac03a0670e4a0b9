"""`fewclicks train detect`: the recipe, the loop, and the files that come of it."""

from pathlib import Path

import torch

from fewclicks.datasets.boxed_images import BoxedSource
from fewclicks.methods.detect.inference.network.runtime import NetworkInfo
from fewclicks.methods.detect.training.export import export_detect
from fewclicks.methods.detect.training.recipe import DetectTask, Settings, class_names
from fewclicks.training.export import fingerprint
from fewclicks.training.loop import Budget, Watch, run, tune_process


def train_detect(
    settings: Settings,
    sources: list[BoxedSource],
    backbone: Path,
    folder: Path,
    budget: Budget,
    name: str,
    watch: Watch | None = None,
) -> Path:
    """Train into `folder` (going on where it was left) and write NAME.onnx and the files beside it there.

    `backbone`: as for the recipe. `watch` is told of every step, instead of a bar that shows them.
    """
    tune_process()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    task = DetectTask(settings, sources, backbone, device)
    run(task, folder, budget, watch=watch)
    names = {} if settings.slots else class_names(sources)
    weights = f"{name}-{fingerprint(task.network)}"
    path = folder / f"{name}.onnx"
    export_detect(
        task.network, path, NetworkInfo(weights, settings.design, (*names,), (*names.values(),), settings.slots)
    )
    return path
