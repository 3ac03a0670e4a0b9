"""What active learning saves, measured: a person's seconds to a share of the full mAP, for each way to ask.

    python benchmarks/ask_trends.py --data DIR --mobilenet mobilenet_v2.safetensors

DIR holds the sets as docs/ask_results.md names them. Every row of a table is one run of `fewclicks simulate ask`, and
its report is kept in --out. A second call skips rows whose reports have enough seeds, and the finished seeds of all
others, which are kept in --work: you can stop this one at any time. Delete these files if you change the method. --only
selects tables and --sets the sets. Without --data, no run starts, and the tables show the reports that exist. The
tables are printed as Markdown and written to docs/ask_results.md.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trends import fewclicks, markdown, renewed

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "benchmarks" / "reports" / "ask"
PAGE = ROOT / "docs" / "ask_results.md"
OUTLINES = ROOT / "benchmarks" / "weights" / "segment.onnx"  # has seen none of the sets
SLOTS = ROOT / "benchmarks" / "weights" / "detect.onnx"  # has seen DeepPCB, but no other of the sets
FLOORS = {85: 0.80, 95: 0.75}  # percent of the full mAP: the highest share of the seconds by hand (issue 35)


@dataclass(frozen=True)
class DataSet:
    """Where a set is in --data, and options of all its runs.

    seen: whether SLOTS were trained on it. outlined: whether the shipped mask model was trained on it.
    """

    train: str
    test: str | None = None
    options: tuple[str, ...] = ()
    seen: bool = False
    outlined: bool = False


SETS = {
    "bccd": DataSet("bccd", options=("--rounds", "6")),
    "crystals": DataSet("boxes/crystals/train.json", options=("--initial", "1", "--rounds", "4"), outlined=True),
    "pcb": DataSet("pcb/train.json", "pcb/test.json", seen=True),
}


@dataclass(frozen=True)
class Arm:
    """A row of a table: a way to ask. options: of `fewclicks simulate ask`."""

    name: str
    options: tuple[str, ...] = ()

    def report(self, out: Path, of_set: str) -> Path:
        """Return where the report of the row is kept."""
        slug = "_".join(word.removeprefix("--") for word in self.options) or "default"
        return out / of_set / f"{slug}.json"


@dataclass(frozen=True)
class Experiment:
    """A table for each of `sets`."""

    title: str
    arms: tuple[Arm, ...]
    sets: tuple[str, ...]


RANDOM = ("--strategy", "random")
BY_HAND = Arm("random images, drawn by hand", ("--level", "image", *RANDOM))
ASSISTED = Arm("random images, assisted", RANDOM)
CHOSEN = Arm("images by expected gain, drawn by hand", ("--level", "image"))
DEFAULT = Arm("images by expected gain, assisted (the default)")
LOOSE = Arm("boxes as predicted, not tightened", ("--no-tighten",))
STRATEGIES = ("uncertainty", "coreset", "threshold")

EXPERIMENTS = {
    "floors": Experiment("Seconds of a person", (BY_HAND, LOOSE, DEFAULT), tuple(SETS)),
    "parts": Experiment(
        "Parts of the default",
        (
            BY_HAND,
            ASSISTED,
            CHOSEN,
            DEFAULT,
            LOOSE,
            Arm("suggestions from a confidence of 0.4 on", ("--no-adapt-shown",)),
            Arm("each model trained from the last one", ("--from-last",)),
        ),
        ("bccd", "crystals"),
    ),
    "levels": Experiment(
        "Levels and strategies",
        (
            *(Arm(f"{each} images, drawn by hand", ("--level", "image", "--strategy", each)) for each in STRATEGIES),
            *(Arm(f"{each} images, assisted", ("--strategy", each)) for each in STRATEGIES),
            *(Arm(f"{each} boxes", ("--level", "box", "--strategy", each)) for each in ("random", "gain", *STRATEGIES)),
        ),
        ("bccd",),
    ),
    "noisy": Experiment(
        "Weight of noisy boxes, random boxes",
        tuple(
            Arm(f"lambda_d {each}", ("--level", "box", *RANDOM, "--pseudo", "0", "--lambda-d", each))
            for each in ("0", "0.25", "0.5", "1")
        ),
        ("bccd",),
    ),
    "cold": Experiment(
        "Start with clicks",
        (DEFAULT, Arm("two clicks on each class", ("--start", "clicks"))),
        ("bccd",),
    ),
}


# --- runs ----------------------------------------------------------------------------------------


def rows(names: Sequence[str], sets: Sequence[str]) -> Iterator[tuple[str, Arm]]:
    """Yield set and arm of the rows of the experiments, each once."""
    found = ((of_set, arm) for name in names for of_set in EXPERIMENTS[name].sets for arm in EXPERIMENTS[name].arms)
    yield from dict.fromkeys(row for row in found if row[0] in sets)


def measure(of_set: str, arm: Arm, options: argparse.Namespace) -> None:
    """Write the report of a row, unless it exists with as many seeds."""
    path, where = arm.report(options.out, of_set), SETS[of_set]
    if path.exists() and json.loads(path.read_text(encoding="utf-8"))["seeds"] >= options.seeds:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    test = ("--test", str(options.data / where.test)) if where.test else ()
    start = options.mobilenet if where.seen else SLOTS
    masks = ("--mask-model", str(OUTLINES)) if where.outlined else ()
    fewclicks(
        "simulate", "ask", "--data", str(options.data / where.train), *test, *where.options, *arm.options, *masks,
        "--seeds", str(options.seeds), "--backbone", str(start), "--runs", str(options.work), "--json", str(path),
    )  # fmt: skip


# --- tables --------------------------------------------------------------------------------------

Reports = dict[Arm, Mapping[str, Any]]


def found_reports(name: str, of_set: str, out: Path) -> Reports:
    """Return the reports of an experiment on a set; rows without one are left out."""
    paths = {arm: arm.report(out, of_set) for arm in EXPERIMENTS[name].arms}
    return {arm: json.loads(path.read_text(encoding="utf-8")) for arm, path in paths.items() if path.exists()}


def shown(name: str, out: Path) -> str:
    """Return the tables of an experiment in Markdown, one for each set with reports."""
    tables = []
    for of_set in EXPERIMENTS[name].sets:
        if found := found_reports(name, of_set, out):
            tables.append(f"{EXPERIMENTS[name].title}, {of_set}{conditions(found)}:\n\n{table_of(found)}\n")
    if name == "floors" and tables:
        tables.append(f"Floors:\n\n{floors(out)}\n")
    return "\n".join(tables)


def conditions(found: Reports) -> str:
    """Return what the reports of a table have in common, for its title."""
    reports = list(found.values())
    seeds = {report["seeds"] for report in reports}
    count = " to ".join(map(str, sorted({min(seeds), max(seeds)})))
    first, full = reports[0]["curve"][0]["map50"][0], reports[0]["full_map50"]
    noun = "seed" if count == "1" else "seeds"
    return f", {count} {noun}, mAP {first:.3f} at the start and {full:.3f} with all {reports[0]['total_boxes']} boxes"


def table_of(found: Reports) -> str:
    """Return a table in Markdown: what 85% and 95% of the full mAP cost."""
    costs = ("boxes", "answers", "seconds")
    columns = [(f"{cost} to {mark}%", f"{cost}_to_{mark}") for mark in FLOORS for cost in costs]
    heading = ["", *(title for title, _ in columns), "AUC", "mAP at the end"]
    lines = []
    for arm, report in found.items():
        auc, (mean, error) = report["auc"], report["curve"][-1]["map50"]
        spread = f" ± {error:.3f}" if report["seeds"] > 1 else ""
        values = [cell(report[name]) for _, name in columns]
        lines.append([arm.name, *values, "" if auc is None else f"{auc:.3f}", f"{mean:.3f}{spread}"])
    return markdown(heading, lines)


def cell(cost: float | None) -> str:
    """Return a cost, or that its mark was not reached."""
    return "not reached" if cost is None else f"{cost:,.0f}"


def floors(out: Path) -> str:
    """Return seconds as shares of those by hand, beside the floors of issue 35; misses are named."""
    lines = []
    for of_set in EXPERIMENTS["floors"].sets:
        found = found_reports("floors", of_set, out)
        for arm in (each for each in (LOOSE, DEFAULT) if {BY_HAND, each} <= found.keys()):
            for mark, floor in FLOORS.items():
                hand, ours = (found[each][f"seconds_to_{mark}"] for each in (BY_HAND, arm))
                row = [of_set, arm.name, f"{mark}%", cell(hand), cell(ours), f"{floor:.0%}"]
                lines.append([*row, *verdict(hand, ours, floor)])
    return markdown(("set", "", "mark", "seconds by hand", "assisted", "floor", "share", ""), lines)


def verdict(by_hand: float | None, ours: float | None, floor: float) -> tuple[str, str]:
    """Return the share of the seconds, and whether it is low enough."""
    if by_hand is None or ours is None:
        return "", "**not measured**" if by_hand is None else "**missed**"
    return f"{ours / by_hand:.0%}", "met" if ours <= floor * by_hand else "**missed**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the sets; without it, no run starts")
    parser.add_argument("--mobilenet", type=Path, help="MobileNetV2 weights: the start for seen sets")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    parser.add_argument("--work", type=Path, default=REPORTS / "runs", help="folder of finished runs")
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS), help="these tables")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), help="these sets")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each row")
    options = parser.parse_args()
    if options.data:
        for of_set, arm in rows(options.only, options.sets):
            measure(of_set, arm, options)
    tables = {name: shown(name, options.out) for name in EXPERIMENTS}
    print("\n".join(tables[name] for name in options.only))
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), "ask", tables), encoding="utf-8")


if __name__ == "__main__":
    main()
