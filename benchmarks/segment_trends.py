"""The trends of corrective-clicks (Sec. 3.2), measured: trains one model per switch, simulates, prints tables.

    python benchmarks/segment_trends.py --data DIR --backbone mobilenet_v2.safetensors --out runs/trends

DIR holds the sets as docs/results.md names them: objects, scenes, regions, nuclei, berkeley. Every model gets the
same number of minutes; what is done is kept in --out, and a second call goes on where the first stopped.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    "encode-once": ["--design", "encode_once"],
}
PAPER = ["--from", "loose", "--noise", "3", "--no-noc"]
# what the shipped model is asked: how much each habit of the person costs
HABITS: dict[str, list[str]] = {
    "3x3": PAPER,
    "1x9": ["--from", "loose", "--noise", "3", "--no-noc", "--rounds", "1", "--per-round", "9"],
    "noise 0": ["--from", "loose", "--no-noc"],
    "noise 6": ["--from", "loose", "--noise", "6", "--no-noc"],
    "ignore < 20 px": [*PAPER, "--min-region", "20"],
    "ignore < 30 px": [*PAPER, "--min-region", "30"],
}


def fewclicks(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "fewclicks", *arguments], check=True)


def trained(variant: str, options: argparse.Namespace) -> Path:
    """The weights of a variant, trained unless they are there."""
    weights = options.out / variant / f"{variant}.onnx"
    if not weights.exists():
        data = [part for name in TRAIN_SETS for part in ("--data", str(options.data / name))]
        fewclicks(
            "train", "segment", *data, "--backbone", str(options.backbone), "--out", str(weights.parent),
            "--name", variant, "--minutes", str(options.minutes), "--no-ranker", *VARIANTS[variant],
        )  # fmt: skip
    return weights


def measured(name: str, test_set: str, arguments: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """The report of one simulation, run unless it is there."""
    path = options.out / "reports" / f"{name}.{test_set}.json".replace(" ", "_").replace("<", "under")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fewclicks(
            "simulate", "segment", "--data", str(options.data / test_set / "test.json"), "--json", str(path), *arguments
        )
    return json.loads(path.read_text())


def row(name: str, reports: list[dict[str, Any]]) -> str:
    cells = [f"{report['miou_by_round'][index]:.3f}" for report in reports for index in (0, -1)]
    return "| " + " | ".join([name, *cells]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    options = parser.parse_args()
    sets = ("objects", "berkeley")
    header = "| | " + " | ".join(f"{name}, start | {name}, end" for name in sets) + " |\n|---"
    lines = [header + "|---" * (2 * len(sets)) + "|"]
    for name, arguments in HABITS.items():
        lines.append(row(f"shipped, {name}", [measured(f"shipped {name}", s, arguments, options) for s in sets]))
    for variant in VARIANTS:
        weights = trained(variant, options)
        clicks = ["--clicks", "boundary"] if variant == "boundary" else []
        arguments = ["--weights", str(weights), *PAPER, *clicks]
        lines.append(row(variant, [measured(variant, s, arguments, options) for s in sets]))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
