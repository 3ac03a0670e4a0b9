"""The trends of corrective-clicks (Sec. 3.2), measured: of the shipped model, and of one trained for each option.

    python benchmarks/segment_trends.py --data DIR --out runs/trends [--backbone mobilenet_v2.safetensors]

DIR holds the data sets as docs/segment_results.md names them: objects, scenes, regions, nuclei, berkeley. Every model
gets the same number of steps. Models and reports are saved in --out; a second call continues where the first stopped.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from trends import Panel, fewclicks, picture, table

from fewclicks.methods.registry import files_of, shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.opening import open_model

TRAIN_SETS = ("objects/train.json:4", "scenes/panoptic_train.json:2.5", "regions/train:2", "nuclei/train.json:1.5")
VARIANTS: dict[str, list[str]] = {
    "disk": [],
    "gaussian": ["--encoding", "gaussian"],
    "distance": ["--encoding", "distance"],
    "boundary": ["--clicks", "boundary"],
    "no-previous": ["--no-previous-mask"],
    "not-iterative": ["--no-iterative"],
    "neither": ["--no-previous-mask", "--no-iterative"],
    "nfl": ["--loss", "nfl"],
    "no-colour": ["--no-colour-model"],
    "encode-once": ["--design", "encode_once"],
}
SETS = ("objects", "berkeley")
PAPER = ["--from", "loose", "--noise", "3", "--no-noc"]
# the shipped model with other habits of the simulated annotator
HABITS: dict[str, list[str]] = {
    "3x3": PAPER,
    "1x9": ["--from", "loose", "--noise", "3", "--no-noc", "--rounds", "1", "--per-round", "9"],
    "noise 0": ["--from", "loose", "--no-noc"],
    "noise 6": ["--from", "loose", "--noise", "6", "--no-noc"],
    "ignore < 20 px": [*PAPER, "--min-region", "20"],
    "ignore < 30 px": [*PAPER, "--min-region", "30"],
}


# one click an answer, far beyond the nine clicks of 3x3
MANY_CLICKS = 20
MANY = ["--from", "loose", "--noise", "3", "--no-noc", "--rounds", str(MANY_CLICKS), "--per-round", "1"]
SHOWN_CLICKS = (0, 1, 2, 3, 5, 7, 9, 12, 15, 20)


def trained(variant: str, options: argparse.Namespace) -> Path:
    """The weights of a variant, trained unless the file exists."""
    weights = options.out / variant / f"{variant}.onnx"
    if not weights.exists():
        data = [part for name in TRAIN_SETS for part in ("--data", str(options.data / name))]
        fewclicks(
            "train", "segment", *data, "--backbone", str(options.backbone), "--out", str(weights.parent),
            "--name", variant, "--steps", str(options.steps), "--no-ranker", *VARIANTS[variant],
        )  # fmt: skip
    return weights


def version_of(weights: str | None) -> str:
    """The version that a file, or without one the package, holds."""
    files = files_of(ROLE, Path(weights)) if weights else shipped_files(ROLE)
    if files is None:
        raise SystemExit(f"{weights}: no such weights file")
    return open_model(files).info.version


def measured(name: str, test_set: str, arguments: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """The report of one simulation, run unless there is a report of the same version."""
    weights = arguments[arguments.index("--weights") + 1] if "--weights" in arguments else None
    file = f"{name}.{test_set}.json".replace(" ", "_").replace("<", "under")
    path = options.out / "reports" / version_of(weights) / file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        data = str(options.data / test_set / "test.json")
        fewclicks("simulate", "segment", "--data", data, "--json", str(path), *arguments)
    return json.loads(path.read_text())


def figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def shipped_tables(options: argparse.Namespace) -> None:
    """The tables that need no training: first prompts, habits, and the ranker."""
    starts, rankings = [], []
    for test_set in SETS:
        beside = measured("grabcut", test_set, [*PAPER, "--baseline", "grabcut"], options)
        ours, grabcut = beside["miou_by_round"], beside["baseline"]["miou_by_round"]
        values = (beside["box_miou"], grabcut[0], ours[0], grabcut[-1], ours[-1])
        starts.append([test_set, *map(figure, values)])
        rankings.append([test_set, figure(beside["ranker_top70_miou"]), figure(beside["ranker_bottom30_miou"])])
    table("Start", ["", "box", "GrabCut", "M_b", "GrabCut 3x3", "M_b+c 3x3"], starts)
    habits = [
        [name, *(figure(measured(name, s, arguments, options)["miou_by_round"][-1]) for s in SETS)]
        for name, arguments in HABITS.items()
    ]
    table("Habits of the annotator: mIoU in the end", ["", *SETS], habits)
    table("Ranker", ["", "top 70%", "bottom 30%"], rankings)
    returns_table(options)


def returns_table(options: argparse.Namespace) -> None:
    """What further clicks bring (Sec. 3.2, Fig. 4): mIoU, gain a click, and a person's seconds."""
    reports = [measured("many clicks", test_set, MANY, options) for test_set in SETS]
    curves = {name: np.array(report["miou_by_round"]) for name, report in zip(SETS, reports, strict=True)}
    rows = []
    for before, clicks in zip((None, *SHOWN_CLICKS), SHOWN_CLICKS, strict=False):
        row = [str(clicks)]
        for name, report in zip(SETS, reports, strict=True):
            gain = (
                ""
                if before is None
                else f"{100 * (curves[name][clicks] - curves[name][before]) / (clicks - before):.2f}"
            )
            row += [figure(curves[name][clicks]), gain, f"{report['seconds_by_round'][clicks]:.0f}"]
        rows.append(row)
    columns = [f"{name}, {what}" for name in SETS for what in ("mIoU", "gain a click, points", "seconds")]
    table("Returns of single clicks", ["clicks, at most", *columns], rows)
    panel = Panel("One click an answer", range(MANY_CLICKS + 1), curves)
    picture([panel], "clicks, at most", "mIoU", options.out / "returns.png")


def trained_table(options: argparse.Namespace) -> None:
    """One model for each option, all trained for the same number of steps."""
    rows = []
    for variant in VARIANTS:
        clicks = ["--clicks", "boundary"] if variant == "boundary" else []
        arguments = ["--weights", str(trained(variant, options)), *PAPER, *clicks]
        reports = [measured(variant, test_set, arguments, options) for test_set in SETS]
        times = [f"{reports[0][key]['median']:.0f}" for key in ("encode_ms", "click_ms")]
        rows.append([variant, *(figure(r["miou_by_round"][index]) for r in reports for index in (0, -1)), *times])
    columns = ["", *(f"{name}, {when}" for name in SETS for when in ("start", "3x3")), "encode, ms", "click, ms"]
    table("Options", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, help="also train one model for each option from these weights")
    parser.add_argument("--steps", type=int, default=1000, help="training steps of each")
    options = parser.parse_args()
    shipped_tables(options)
    if options.backbone:
        trained_table(options)


if __name__ == "__main__":
    main()
