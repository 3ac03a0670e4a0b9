"""What training `refine` and `suggest` gains by the number of annotated objects: when the page should advise to train.

    python benchmarks/locate_by_objects.py --data DIR --backbone mobilenet_v2.safetensors

DIR holds nuclei and bccd. A simulated annotator puts coarse points on all objects of random training images until there
are N. Each run trains one model on these images, keeps its report in --out, and resumes in --work; a second call skips
finished runs. `refine` is measured beside the shipped refiner: on its training images, whose points it was trained on,
and on other images. `suggest` is trained on points that the shipped refiner moved, and measured on the test images.
Without --data, no run starts, and the tables show the reports that exist.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from trends import table

from fewclicks.datasets.pointed_images import PointedSource, read_points
from fewclicks.files import read_json, write_text
from fewclicks.methods.locate import REFINE, SUGGEST
from fewclicks.methods.locate.inference.opening import open_refine
from fewclicks.methods.locate.inference.runtime import MAIN
from fewclicks.methods.locate.training.localiser import LocaliserSettings
from fewclicks.methods.locate.training.refiner import RefinerSettings
from fewclicks.methods.locate.training.simulation.localising import Trained
from fewclicks.methods.locate.training.train import train_localiser, train_refiner
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Files, Resources
from fewclicks.simulation.points.figures import found_figures, refinement
from fewclicks.simulation.points.localising import PointsModel, found_in, refined, truths_of
from fewclicks.simulation.points.person import annotated, with_points
from fewclicks.training.loop import Budget

REPORTS = Path(__file__).parent / "reports" / "locate_by_objects"
SETS = {"nuclei": ("nuclei/train.json", "nuclei/test.json"), "bccd": ("bccd@train", "bccd@test")}
OBJECTS = (50, 200, 800)
OTHERS = 40  # images that no run trains on
STEPS = {REFINE.name: 200, SUGGEST.name: 300}


class Quiet:
    """No progress."""

    def start(self, what: str, total: int) -> None: ...

    def advance(self) -> None: ...


QUIET = Quiet()


def chosen(source: PointedSource, objects: int, seed: int) -> tuple[PointedSource, PointedSource]:
    """Return random images with at least `objects` objects together, and OTHERS other ones."""
    order = np.random.default_rng(seed).permutation(len(source.images)).tolist()
    rest, others = order[OTHERS:], order[:OTHERS]
    so_far = np.cumsum([len(source.images[each].points_xy) for each in rest])
    count = int(np.searchsorted(so_far, objects)) + 1
    return _of(source, rest[:count]), _of(source, others)


def _of(source: PointedSource, numbers: Sequence[int]) -> PointedSource:
    return replace(source, images=tuple(source.images[each] for each in numbers))


def opened(files: Files) -> PointsModel:
    """Return a refiner."""
    return cast(PointsModel, open_refine(files, Resources()))


def shipped() -> PointsModel:
    """Return the refiner that needs no training."""
    files = shipped_files(REFINE)
    assert files is not None
    return opened(files)


def offsets(source: PointedSource, seed: int, model: PointsModel) -> dict[str, Any]:
    """Return the figures of a refiner on images with coarse points."""
    person = annotated(source, 1.0, seed)
    found = refinement(person.points, [refined(model, person.source, QUIET)], person.truths)
    return {name: getattr(found, name) for name in ("offset_before", "offset_after", "made_worse")}


def of_refine(training: PointedSource, others: PointedSource, folder: Path, seed: int, backbone: Path) -> Any:
    """Train a refiner; return its figures and those of the shipped one."""
    person, budget = annotated(training, 1.0, seed), Budget(STEPS[REFINE.name])
    made = train_refiner(RefinerSettings(seed=seed), [person.source], backbone, folder, budget, REFINE.name)
    models = {"trained": opened({MAIN: made}), "shipped": shipped()}
    images = {"training images": training, "other images": others}
    return {
        where: {name: offsets(source, seed, model) for name, model in models.items()}
        for where, source in images.items()
    }


def of_suggest(training: PointedSource, test: PointedSource, folder: Path, seed: int, backbone: Path) -> Any:
    """Train a localiser on points that the shipped refiner moved; return its figures on the test images."""
    person, budget = annotated(training, 1.0, seed), Budget(STEPS[SUGGEST.name])
    source = with_points(person.source, refined(shipped(), person.source, QUIET))
    made = train_localiser(LocaliserSettings(seed=seed), [source], backbone, folder, budget, SUGGEST.name)
    localiser, (truths, _) = Trained(made), truths_of(test)
    found = found_figures(found_in(localiser, test, QUIET), truths, localiser.lowest_score, test.class_names)
    return {"map": found.map_by_tau["0.5"], "precision": found.precision, "recall": found.recall}


def report_of(out: Path, of_set: str, role: str, objects: int, seed: int) -> Path:
    """Return where the report of a run is kept."""
    return out / f"{of_set}-{role}-{objects}.seed{seed}.json"


def measure(of_set: str, role: str, objects: int, seed: int, options: argparse.Namespace) -> None:
    """Write the report of a run, unless it exists."""
    path = report_of(options.out, of_set, role, objects, seed)
    if path.exists():
        return
    train, test = (str(options.data / name) for name in SETS[of_set])
    training, others = chosen(read_points(train), objects, seed)
    folder = options.work / path.stem
    if role == REFINE.name:
        figures = of_refine(training, others, folder, seed, options.backbone)
    else:
        figures = of_suggest(training, read_points(test), folder, seed, options.backbone)
    about = {"images": len(training.images), "objects": sum(len(image.points_xy) for image in training.images)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({**about, "steps": STEPS[role], **figures}, indent=2) + "\n")


def reports(out: Path, of_set: str, role: str, objects: int) -> list[Mapping[str, Any]]:
    """Return the finished reports of all seeds."""
    return [cast(Mapping[str, Any], read_json(path)) for path in sorted(out.glob(f"{of_set}-{role}-{objects}.*"))]


def show(out: Path) -> None:
    """Print both tables in Markdown: means over seeds."""
    refine, suggest = [], []
    for of_set in SETS:
        for objects in OBJECTS:
            if found := reports(out, of_set, REFINE.name, objects):
                ratios = [_left(found, where, name) for where in ("training images", "other images")
                          for name in ("shipped", "trained")]  # fmt: skip
                refine.append([of_set, *_sizes(found), *ratios])
            if found := reports(out, of_set, SUGGEST.name, objects):
                figures = [_mean([each[name] for each in found]) for name in ("map", "precision", "recall")]
                suggest.append([of_set, *_sizes(found), *figures])
    sizes = ("data", "images", "objects")
    heading = (*sizes, "training images: shipped", "trained", "other images: shipped", "trained")
    table("Offset after refinement / before", heading, refine)
    table("Suggestions on test images", (*sizes, "mAP at tau 0.5", "precision", "recall"), suggest)


def _sizes(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{np.mean([each[name] for each in found]):.0f}" for name in ("images", "objects")]


def _left(found: Sequence[Mapping[str, Any]], where: str, name: str) -> str:
    return _mean([each[where][name]["offset_after"] / each[where][name]["offset_before"] for each in found])


def _mean(values: Sequence[float | None]) -> str:
    return f"{np.mean([value or 0.0 for value in values]):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the sets; without it, no run starts")
    parser.add_argument("--backbone", type=Path, help="MobileNetV2 weights that every training starts from")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    parser.add_argument("--work", type=Path, default=Path("runs/locate_by_objects"), help="folder of trained models")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS), help="these models")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    if options.data:
        for seed in range(options.seeds):
            for objects in OBJECTS:
                for role in options.only:
                    for of_set in SETS:
                        measure(of_set, role, objects, seed, options)
    show(options.out)


if __name__ == "__main__":
    main()
