"""The trends of c3det (Fig. 5 to 8, Sec. 5), measured: variants, ablations, training sets, stages, orientation, slots.

    python benchmarks/detect_trends.py --data DIR --backbone mobilenet_v2.safetensors --out runs/detect

DIR holds the sets as docs/detect_results.md names them: pcb, nuclei, bccd, aquarium. Every model is trained end to end,
once a seed; every session of the simulated annotator is the same for all of them. Finished work is kept in --out: the
weights of each model and a report of each simulation. A second call resumes there; --only selects experiments. The
tables are printed as Markdown, and kept in --out with plots of the curves. The measurements for docs/detect_results.md
are beside this file in `reports`: `--out benchmarks` resumes them.
"""

import argparse
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from detect_experiments import (
    AGNOSTIC,
    EXPERIMENTS,
    FROM_ENCODER,
    FROM_SLOTS,
    PAPER,
    TEMPLATES,
    UNSEEN,
    UNTRAINED,
    Arm,
    Experiment,
)
from trends import Panel, fewclicks, picture, table

from fewclicks.datasets.boxed_images import read_boxes

SYNTHETIC = {  # options of `fewclicks synthetic`
    "synthetic/train": ("--images", "100", "--seed", "1"),
    "synthetic/test": ("--images", "40", "--seed", "1", "--first", "1001"),
    "synthetic/slots": ("--images", "600", "--classes", "300", "--seed", "2"),
}


def located(spec: str, options: argparse.Namespace) -> str:
    """Where a set is: in --data, or made and kept in --out."""
    made = next((name for name in SYNTHETIC if spec.startswith(f"{name}/")), None)
    if made is None:
        return str(options.data / spec)
    folder = options.out / made
    if not folder.exists():
        fewclicks("synthetic", "--to", str(folder), *SYNTHETIC[made])
    return str(options.out / spec)


def agnostic(path: Path, folder: Path) -> str:
    """A COCO set with all objects of one class, kept in `folder`: passthrough on classes that no model has seen needs a
    detector of things of any class.
    """
    copy = folder / path.parent.name / path.name
    if not copy.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        stuff = {each["id"] for each in content["categories"] if not each.get("isthing", 1)}
        content["categories"] = [{"id": 1, "name": "thing", "isthing": 1}]
        content["categories"] += [{"id": 2, "name": "stuff", "isthing": 0}] if stuff else []
        for annotation in content["annotations"]:
            if "segments_info" in annotation:  # panoptic: an annotation is an image
                for segment in annotation["segments_info"]:
                    segment["category_id"] = 2 if segment["category_id"] in stuff else 1
            else:
                annotation["category_id"] = 1
        write_beside(copy, content, path)
    return str(copy)


def kept_apart(spec: str, experiment: Experiment, options: argparse.Namespace) -> str:
    """A COCO set of the images that no seed trains on."""
    path = Path(located(spec, options))
    copy: Path = options.out / "apart" / f"{options.seeds}-of-{experiment.images}" / path.name
    if not copy.exists():
        source = read_boxes(str(path))
        taken = {
            image.path.name for seed in range(options.seeds) for image in source.sample(experiment.images, seed).images
        }
        content = json.loads(path.read_text(encoding="utf-8"))
        content["images"] = [each for each in content["images"] if Path(each["file_name"]).name not in taken]
        left = {each["id"] for each in content["images"]}
        content["annotations"] = [each for each in content["annotations"] if each["image_id"] in left]
        write_beside(copy, content, path)
    return str(copy)


def write_beside(copy: Path, content: dict[str, Any], path: Path) -> None:
    """Write a changed copy of the set at `path`, with the folders of images beside it."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.parent.iterdir():
        if folder.is_dir() and not (copy.parent / folder.name).exists():
            (copy.parent / folder.name).symlink_to(folder.absolute())
    copy.write_text(json.dumps(content), encoding="utf-8")


def trained(experiment: Experiment, arm: Arm, seed: int, options: argparse.Namespace) -> Path:
    """The weights of an arm for a seed, trained unless they are there."""
    folder = options.out / "models" / experiment.trained_on / arm.model / f"seed{seed}"
    weights: Path = folder / "detect.onnx"
    if not weights.exists():
        found = [located(spec, options) for spec in experiment.sets]
        switches = [word for word in arm.train if word not in (AGNOSTIC, FROM_ENCODER, FROM_SLOTS)]
        if AGNOSTIC in arm.train:
            found = [agnostic(Path(path), options.out / "agnostic") for path in found]
        sets = [word for path in found for word in ("--data", path)]
        images = ["--limit-images", str(experiment.images)] if experiment.images else []
        start = options.backbone
        if FROM_ENCODER in arm.train:
            start = UNSEEN.with_suffix(".encoder.onnx")
        elif FROM_SLOTS in arm.train:
            start = UNSEEN
        fewclicks(
            "train", "detect", *sets, *images, "--backbone", str(start), "--out", str(folder),
            "--name", "detect", "--steps", str(options.steps), "--seed", str(seed), *switches,
        )  # fmt: skip
    return weights


def measured(experiment: Experiment, arm: Arm, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """The report of an arm for a seed, simulated unless it is there."""
    slots = "unseen" if experiment.unseen else "shipped"
    who = slots if arm in UNTRAINED else f"{experiment.trained_on}.{arm.model}"
    asked = f"seed{seed}-sessions{options.sessions}"
    name = ".".join([who, *([arm.reports] if arm.reports else []), asked, "json"])
    path: Path = options.out / "reports" / experiment.measured_on / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        model = []
        if arm not in UNTRAINED:
            model = ["--weights", str(trained(experiment, arm, seed, options))]
        elif experiment.unseen and arm != TEMPLATES:
            model = ["--weights", str(UNSEEN)]
        spec, *test = experiment.test
        data = kept_apart(spec, experiment, options) if experiment.apart else located(spec, options)
        clicks = ["--clicks", str(experiment.clicks[-1]), "--sessions", str(options.sessions)]
        fewclicks(
            "simulate", arm.role, "--data", data, *test, *model, *arm.measure, *clicks,
            *experiment.person, "--json", str(path),
        )  # fmt: skip
    return json.loads(path.read_text())


# --- tables --------------------------------------------------------------------------------------


def curves(reports: list[dict[str, Any]], clicks: tuple[int, ...]) -> np.ndarray:
    """mAP in percent, [seeds, sessions, shown clicks]."""
    return 100 * np.array([report["map50_by_session"] for report in reports])[:, :, list(clicks)]


def cell(values: np.ndarray) -> str:
    """The mean over seeds and sessions, and the standard deviation over both."""
    return f"{values.mean():.1f} ± {values.std(ddof=1) if values.size > 1 else 0:.1f}"


def difference(here: np.ndarray, there: np.ndarray) -> str:
    """Mean paired difference and the standard error of its mean over the seeds; sessions are paired too."""
    by_seed = (here - there).mean(1)
    error = f" ± {by_seed.std(ddof=1) / np.sqrt(len(by_seed)):.1f}" if len(by_seed) > 1 else ""
    return f"{by_seed.mean():+.1f}{error}"


def show(name: str, options: argparse.Namespace) -> None:
    experiment = EXPERIMENTS[name]
    seeds = {arm: range(1 if arm in UNTRAINED else options.seeds) for arm in experiment.arms}
    found = {arm: [measured(experiment, arm, seed, options) for seed in seeds[arm]] for arm in experiment.arms}
    by_arm = {arm: curves(reports, experiment.clicks) for arm, reports in found.items()}
    first = next(iter(by_arm.values()))
    rows = []
    for arm, values in by_arm.items():
        gain = difference(values[:, :, -1], values[:, :, 0])
        same = "" if values is first else difference(*np.broadcast_arrays(values[:, :, -1], first[:, :, -1]))
        time = found[arm][0]["click_ms"]
        milliseconds = f"{time['median']:.0f}" if time else ""
        rows.append([arm.name, *(cell(values[:, :, k]) for k in range(values.shape[2])), gain, same, milliseconds])
        if paper := PAPER.get(experiment.paper + arm.name):
            rows.append([f"*{arm.name}, paper*", *(f"*{value:.1f}*" for value in paper),
                         f"*{paper[-1] - paper[0]:+.1f}*", "", ""])  # fmt: skip
    each = "clicks a class" if experiment.person else "clicks"
    columns = [each, *map(str, experiment.clicks), "gain", f"to the first, at {experiment.clicks[-1]}", "ms a click"]
    title = f"{experiment.title}: mAP at IoU 0.5 on {found[experiment.arms[0]][0]['images']} images"
    title += f", {options.seeds} trainings, {options.sessions} sessions each"
    table(title, columns, rows)
    draw(experiment, found, each, options.out / "tables" / f"{name}.png")


def draw(experiment: Experiment, found: dict[Arm, list[dict[str, Any]]], x_label: str, path: Path) -> None:
    """The curves of all clicks, beside the paper's."""
    every = tuple(range(experiment.clicks[-1] + 1))
    here = {arm.name: curves(reports, every).mean(1) for arm, reports in found.items()}
    paper = {name: np.array(PAPER[experiment.paper + name]) for name in here if experiment.paper + name in PAPER}
    panels = [Panel("here", every, here)]
    if paper:
        panels.append(Panel("paper, Tiny-DOTA", experiment.clicks, paper))
    picture(panels, x_label, "mAP at IoU 0.5", path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True, help="pretrained weights that training starts from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS), help="these experiments")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each model")
    parser.add_argument("--sessions", type=int, default=5)
    parser.add_argument("--steps", type=int, default=500, help="of each training")
    options = parser.parse_args()
    tables = options.out / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            show(name, options)
        print(shown.getvalue(), flush=True)
        (tables / f"{name}.md").write_text(shown.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main()
