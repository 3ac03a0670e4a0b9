"""The trends of c3det (Fig. 5 to 8, Sec. 5), measured: variants, ablations, training sets, stages, orientation, slots.

    python benchmarks/detect_trends.py --data DIR --backbone mobilenet_v2.safetensors --out runs/detect

DIR holds the sets as docs/results.md names them: pcb, nuclei, bccd, aquarium. Every model is trained end to end, once a
seed; every session of the simulated annotator is the same for all of them. Finished work is kept in --out: the weights
of each model and a report of each simulation. A second call resumes there; --only selects experiments. The tables are
printed as Markdown, and kept in --out with plots of the curves. The measurements for docs/results.md are beside this
file in `reports`: `--out benchmarks` resumes them.
"""

import argparse
import contextlib
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from trends import Panel, fewclicks, picture, table

from fewclicks.datasets.boxed_images import read_boxes

UNSEEN = Path(__file__).parent / "weights" / "detect.onnx"  # class slots that saw neither bccd nor aquarium
PCB_TEST = ("pcb/test.json", "--mosaic", "2")
SHOWN = (0, 1, 3, 5, 10, 20)  # clicks
PAPER: dict[str, list[float]] = {  # Tiny-DOTA, mAP at the clicks of SHOWN, from the authors' result files
    "two: c3det": [57.61, 63.81, 67.22, 69.25, 72.20, 73.21],
    "two: late": [60.53, 62.63, 64.07, 64.53, 65.57, 66.39],
    "two: early": [54.04, 57.32, 59.25, 60.62, 61.92, 63.50],
    "two: passthrough": [60.42, 61.16, 61.62, 61.91, 62.30, 62.76],
    "one: c3det": [47.65, 53.66, 57.26, 58.69, 61.29, 62.65],
    "one: late": [49.63, 51.86, 53.70, 54.21, 55.34, 56.64],
    "one: early": [43.07, 46.02, 48.40, 49.43, 50.46, 51.24],
    "one: passthrough": [47.71, 48.39, 48.96, 48.91, 49.39, 49.73],
}


def named(words: tuple[str, ...]) -> str:
    """Options and paths as the name of a file."""
    return "_".join(word.strip("-").replace("/", "-") for word in words)


@dataclass(frozen=True)
class Arm:
    """A row of a table: how its model is trained, and how it is measured: options of `simulate ROLE`.

    kept_as: a part of the names of its reports; by default its options.
    """

    name: str
    train: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    role: str = "detect"
    kept_as: str = ""

    @property
    def reports(self) -> str:
        """A part of the names of its reports, empty where it is measured without options."""
        return self.kept_as or named(self.measure)

    @property
    def model(self) -> str:
        """A folder for its model; arms that train alike share it."""
        return named(self.train) or "c3det"


@dataclass(frozen=True)
class Experiment:
    """A table: arms that are compared with the first of them. sets: what they are trained on; images: how many of it.

    test: a path and options of `simulate`. apart: without the images that a seed trains on, so that choices can be made
    without a look at the test part. unseen: class slots are those of UNSEEN.
    """

    title: str
    arms: tuple[Arm, ...]
    sets: tuple[str, ...] = ("pcb/train.json",)
    test: tuple[str, ...] = PCB_TEST
    images: int | None = 25
    clicks: tuple[int, ...] = SHOWN
    person: tuple[str, ...] = ()
    paper: str = ""
    apart: bool = False
    unseen: bool = False

    @property
    def trained_on(self) -> str:
        """A folder for its models; experiments on the same data share it."""
        data = "+".join(spec.split("/")[-2 if spec.startswith("synthetic") else 0] for spec in self.sets)
        return f"{data}-{self.images or 'all'}"

    @property
    def measured_on(self) -> str:
        """A folder for its reports; experiments that ask the same share it."""
        return named((*self.test, *(["apart"] if self.apart else []), *self.person, str(self.clicks[-1])))


NONE = ("--variant", "none")
PASSED = Arm(  # with 0 clicks it is the model without clicks
    "passthrough", NONE, ("--passthrough",), kept_as="variant_passthrough"
)
CERTAIN = Arm("passthrough, certain", NONE, ("--passthrough", "--certain"), kept_as="variant_passthrough_certain")
VARIANTS = (
    Arm("c3det"),
    Arm("late", ("--variant", "late")),
    Arm("early", ("--variant", "early")),
    Arm("early, first layer random", ("--variant", "early", "--early-fusion", "random")),  # the published code's
    PASSED,
    Arm("c3det, certain", (), ("--certain",)),
    CERTAIN,
)


def with_options(arms: tuple[Arm, ...], *options: str) -> tuple[Arm, ...]:
    return tuple(replace(arm, train=(*arm.train, *options)) for arm in arms)


TURNED = ("--oriented",)
PER_CLASS = ("--per-class",)
SLOTS = Arm("class slots")  # the model in the package, or UNSEEN
ONCE = Arm("class slots, images read once", (), ("--read-once",))
TEMPLATES = Arm("template matching", role="template-matching", kept_as="variant_template-matching")
AGNOSTIC = "--agnostic"  # no option of the program: all objects are of one class
FROM_ENCODER = "--from-encoder"  # nor these: training starts from the encoder of UNSEEN, not from the backbone,
FROM_SLOTS = "--from-slots"  # or from all of it
SEEN = ("pcb/train.json", "nuclei/train.json", "scenes/panoptic_train.json")  # by UNSEEN, besides made-up sets
UNTRAINED = (SLOTS, ONCE, TEMPLATES)  # here

UEL = (
    Arm("published code's"),
    Arm("paper's", ("--uel", "paper")),
    Arm("classes alone", ("--uel", "classes")),
    Arm("off", ("--uel", "off")),
)
PAPER_SETTINGS = Arm(
    "the paper's settings",
    ("--late-fusion", "resnet18", "--correlation", "dot", "--sigma", "1", "--uel", "paper", "--clicks", "number"),
)
CORRELATION = (Arm("cosine"), Arm("dot product", ("--correlation", "dot")))

EXPERIMENTS: dict[str, Experiment] = {
    "choices": Experiment(
        "What the defaults are chosen by, on other images of the training part",
        (*UEL, *CORRELATION[1:], *(Arm(f"sigma {sigma}", ("--sigma", sigma)) for sigma in ("1", "4"))),
        test=("pcb/train.json", "--mosaic", "2", "--limit", "30"),
        apart=True,
    ),
    "variants": Experiment("One stage (Fig. 6)", VARIANTS, paper="one: "),
    "two-stage": Experiment("Two stages (Fig. 5)", with_options(VARIANTS, "--stages", "two"), paper="two: "),
    "uel": Experiment("User-input enforcing loss (Fig. 8a)", UEL),
    "modules": Experiment(
        "Late fusion and correlation (Fig. 8b)",
        (
            Arm("LF and C3"),
            Arm("LF alone", ("--correlation", "off")),
            Arm("C3 alone", ("--late-fusion", "off")),
        ),
    ),
    "collation": Experiment(
        "Correlate and collate (Fig. 8c)",
        (Arm("correlate, then collate"), Arm("collate, then correlate", ("--collation", "before"))),
    ),
    "correlation": Experiment("What is correlated", CORRELATION),
    "paper": Experiment("Everything at the paper's settings", (Arm("c3det"), PAPER_SETTINGS)),
    "late-fusion": Experiment(
        "The late fusion network", (Arm("small"), Arm("ResNet-18, the paper's", ("--late-fusion", "resnet18")))
    ),
    "sigma": Experiment(
        "Width of the heatmaps",
        (
            Arm("c3det, 9 pixels"),
            Arm("c3det, 1 pixel", ("--sigma", "1")),
            Arm("late fusion, 9 pixels", ("--variant", "late")),
            Arm("late fusion, 1 pixel", ("--variant", "late", "--sigma", "1")),
        ),
    ),
    **{
        f"images-{images or 'all'}": Experiment(
            f"Trained on {images or 'all 450'} images (Fig. 7)", (VARIANTS[0], VARIANTS[1], PASSED), images=images
        )
        for images in (50, 110, None)
    },
    "nuclei": Experiment(
        "Oriented boxes of nuclei",
        with_options((*VARIANTS, Arm("c3det, no enforcing loss", ("--uel", "off"))), *TURNED),
        sets=("nuclei/train.json",),
        test=("nuclei/test.json", *TURNED),
        images=None,
    ),
    "synthetic": Experiment(
        "Oriented boxes of made-up things of six classes",
        with_options(VARIANTS, *TURNED),
        sets=("synthetic/train/set.json",),
        test=("synthetic/test/set.json", *TURNED),
    ),
    **{
        f"slots-{name}": Experiment(
            f"Class slots, never trained on {name}",
            (SLOTS, ONCE, TEMPLATES, *with_options((PASSED, CERTAIN), AGNOSTIC, FROM_ENCODER)),
            sets=(*SEEN, "synthetic/slots/set.json"),
            test=(f"{name}@test",),
            images=None,
            clicks=(0, 1, 2, 5),
            person=PER_CLASS,
            unseen=True,
        )
        for name in ("bccd", "aquarium")
    },
    **{
        f"own-{name}-{images}": Experiment(
            f"A project's own model, trained on {images} images of {name}",
            (SLOTS, Arm("own model", (FROM_SLOTS,))),
            sets=(f"{name}@train",),
            test=(f"{name}@test",),
            images=images,
            clicks=(0, 1, 2, 5),
            person=PER_CLASS,
            unseen=True,
        )
        for name in ("bccd", "aquarium")
        for images in (12, 50)
    },
    "slots-seen": Experiment(
        "Class slots on seen classes",
        (SLOTS, ONCE, TEMPLATES),
        clicks=(0, 1, 2, 5),
        person=PER_CLASS,
    ),
    **{
        f"slots-seen-{name}": Experiment(
            f"Class slots, trained on other images of {name}",
            (SLOTS, ONCE),
            test=(f"{name}@test",),
            clicks=(0, 1, 2, 5),
            person=PER_CLASS,
        )
        for name in ("bccd", "aquarium")
    },
}
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
