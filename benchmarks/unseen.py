"""Class slots on kinds of objects that their weights have never seen: clicks, example boxes, template matching.

    python benchmarks/unseen.py --data DIR [--mobilenet mobilenet_v2.safetensors --train FOLD --minutes 100]

DIR holds the sets as docs/detect_results.md names them; synthetic ones are made in --work. Each set belongs to one
fold, together with sets that look like it. `--train` trains the weights of a fold on all sets of the other folds and on
cut-outs, and resumes an interrupted run; the weights are kept in --work. Every row of the table is one run of
`fewclicks simulate detect` with the weights that have not seen its set, and its report is kept in --out. A second call
skips finished runs, so you can stop this one at any time. Without --data, no run starts, and the table shows the
reports that exist. The table is printed as Markdown and written to docs/detect_results.md.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
from trends import fewclicks, markdown

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "benchmarks" / "reports" / "unseen"
RESULTS = ROOT / "docs" / "detect_results.md"
WORK = Path("runs/unseen")  # relative, because reports name the files that they are about
START = ROOT / "benchmarks" / "weights" / "detect.encoder.onnx"  # has seen the sets of the fold "small", but no others
TABLE = re.compile(r"(<!-- unseen -->\n).*?(<!-- end -->)", re.DOTALL)
CLICKS = (1, 2, 3, 5)  # a class, in the table

FOLDS = {
    "small": ("nuclei", "particles", "colonies", "pcb", "synthetic", "bolts", "screws"),
    "round": ("bccd", "spheres", "craters", "crystals"),
    "everyday": ("bottles", "cards", "chess", "eggs", "fruit"),
    "animals": ("aquarium", "trap_insects", "facades"),
}
MEASURED = {
    "bccd": "bccd@test",
    "aquarium": "aquarium@test",
    "pcb": "pcb/test.json",
    "nuclei": "nuclei/test.json",
}  # the others: boxes/NAME/train.json
TRAINED = {
    "bccd": "bccd@trainval:1.5",
    "aquarium": "aquarium@trainval:1.5",
    "pcb": "pcb/train.json:2",
    "nuclei": "nuclei/train.json:1.5",
}
PHOTOS = (
    "masks/coco/train.json:4",
    "scenes/panoptic_train.json:1.5",
    "masks/car_parts/train.json",
    "masks/food/train.json",
    "masks/mandarins/train.json:0.5",
    "masks/field_plants/train.json:0.5",
)
CUT_OUTS = (
    "masks/coco/train.json:4",
    "masks/car_parts/train.json",
    "masks/food/train.json",
    "masks/mandarins/train.json",
    "masks/field_plants/train.json",
    "masks/cats/train.json",
    "masks/white_cells/train.json",
)
ALIKE = {"round": "masks/white_cells", "everyday": "masks/mandarins"}  # not used for the weights of that fold

SYNTHETIC = {
    "measured": ("--images", "25", "--classes", "6", "--seed", "1"),
    "trained": ("--images", "600", "--classes", "300", "--seed", "2"),
}

ARMS = {
    "clicks": ("--example", "click"),
    "boxes": ("--example", "box"),
    "template matching": (),
}


def sets() -> list[str]:
    return [of_set for members in FOLDS.values() for of_set in members]


def fold_of(of_set: str) -> str:
    return next(fold for fold, members in FOLDS.items() if of_set in members)


def weights(work: Path, fold: str) -> Path:
    return work / fold / "detect.onnx"


def synthetic(work: Path, use: str) -> str:
    """Return the synthetic set that is measured or trained on, and make it unless it exists."""
    folder = work / "synthetic" / use
    if not (folder / "set.json").exists():
        fewclicks("synthetic", "--to", str(folder), *SYNTHETIC[use])
    return str(folder / "set.json")


def train(data: Path, mobilenet: Path, work: Path, fold: str, minutes: float, batch: int) -> None:
    """Train the weights that leave out the sets of `fold`, "" for none, unless they exist."""
    if weights(work, fold or "all").exists():
        return
    left_out = ALIKE.get(fold, "-")
    known = [of_set for of_set in sets() if of_set not in FOLDS.get(fold, ())]
    specs = [TRAINED.get(of_set, f"boxes/{of_set}/train.json") for of_set in known if of_set != "synthetic"]
    specs += [spec for spec in PHOTOS if not spec.startswith(left_out)]
    options = [argument for spec in specs for argument in ("--data", str(data / spec))]
    if "synthetic" in known:
        options += ["--data", f"{synthetic(work, 'trained')}:1.5"]
    cut_outs = [spec for spec in CUT_OUTS if not spec.startswith(left_out)]
    options += [argument for spec in cut_outs for argument in ("--cut-outs", str(data / spec))]
    fewclicks(
        "train", "detect", "--slots", "8", "--batch", str(batch), *options,
        "--backbone", str(mobilenet if fold == "small" else START), "--minutes", str(minutes),
        "--out", str(work / (fold or "all")),
    )  # fmt: skip


def report(out: Path, of_set: str, arm: str) -> Path:
    """Return where the report of a run is kept."""
    return out / of_set / f"{arm.replace(' ', '_')}.json"


def measure(data: Path, work: Path, out: Path, of_set: str, arm: str) -> None:
    """Write the report of a run, unless it exists."""
    path = report(out, of_set, arm)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    model = ["template-matching"]
    if ARMS[arm]:
        model = ["detect", "--weights", str(weights(work, fold_of(of_set))), *ARMS[arm]]
    spec = str(data / MEASURED.get(of_set, f"boxes/{of_set}/train.json"))
    if of_set == "synthetic":
        spec = synthetic(work, "measured")
    fewclicks(
        "simulate", *model, "--data", spec, "--per-class", "--clicks", str(max(CLICKS)),
        "--sessions", "1", "--json", str(path),
    )  # fmt: skip


def unclicked(out: Path, of_set: str, arm: str) -> list[float]:
    """Return the mAP at IoU 0.5 of objects that nobody clicked, by CLICKS; NaN where none is left or measured."""
    path = report(out, of_set, arm)
    if not path.exists():
        return [np.nan] * len(CLICKS)
    by_clicks = json.loads(path.read_text(encoding="utf-8"))["unclicked_map50_by_clicks"]
    return [np.nan if by_clicks[count] is None else by_clicks[count][0] for count in CLICKS]


def shown(out: Path) -> str:
    """Return the table of all sets, and their mean, in Markdown."""
    found = {arm: np.array([unclicked(out, of_set, arm) for of_set in sets()]) for arm in ARMS}
    rows = [[of_set, *(cell(found[arm][number]) for arm in ARMS)] for number, of_set in enumerate(sets())]
    rows.append(["**mean**", *(cell(np.nanmean(found[arm], 0)) for arm in ARMS)])
    counts = ", ".join(map(str, CLICKS))
    return (
        f"mAP at IoU 0.5 of the objects that nobody clicked, after {counts} clicks or boxes a class:\n\n"
        f"{markdown(('', *ARMS), rows)}\n\n{wins(found)}\n"
    )


def cell(values: np.ndarray) -> str:
    return " / ".join("-" if np.isnan(value) else f"{value:.2f}" for value in values)


def wins(found: dict[str, np.ndarray]) -> str:
    """Return in how many sets three clicks are better than one click, and than template matching."""
    one, three = CLICKS.index(1), CLICKS.index(3)
    clicks = found["clicks"]
    return (
        f"Of the {len(sets())} data sets, three clicks give a higher mAP than one on "
        f"{(clicks[:, three] > clicks[:, one]).sum()}, and than template matching with three boxes on "
        f"{(clicks[:, three] > found['template matching'][:, three]).sum()}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the sets; without it, no run starts")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of the weights of each fold")
    parser.add_argument("--only", nargs="+", choices=sets(), default=sets(), help="measure these sets")
    parser.add_argument("--train", choices=[*FOLDS, "all"], help="train the weights of this fold, or those for users")
    parser.add_argument("--mobilenet", type=Path, help="weights that the training of the fold 'small' starts from")
    parser.add_argument("--minutes", type=float, default=100, help="length of a training")
    parser.add_argument("--batch", type=int, default=4, help="canvases in a training step")
    options = parser.parse_args()
    if options.train:
        fold = "" if options.train == "all" else options.train
        train(options.data, options.mobilenet, options.work, fold, options.minutes, options.batch)
        return
    if options.data:
        for of_set in options.only:
            for arm in ARMS:
                measure(options.data, options.work, options.out, of_set, arm)
    table = shown(options.out)
    print(table)
    text = RESULTS.read_text(encoding="utf-8")
    RESULTS.write_text(TABLE.sub(lambda found: f"{found[1]}{table}{found[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
