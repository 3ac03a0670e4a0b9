"""The tables of coarse point refinement (Tables 1 to 4), measured: points, refiners, localisers, ablations.

    python benchmarks/locate_trends.py --data DIR --backbone mobilenet_v2.safetensors

DIR holds the sets as docs/locate_results.md names them: nuclei, bccd, pcb, aquarium, red_cells. Every row of a table is
one run of `fewclicks simulate locate`, and its report is kept in --out. A second call skips finished runs, so you can
stop this one at any time; --only selects experiments. Trained refiners are kept in --work, for all runs that differ in
refinement or in the localiser only. Without --data, no run starts, and the tables show the reports that exist. The
tables are printed as Markdown and written to docs/locate_results.md, and a plot to --work.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from trends import Panel, fewclicks, markdown, picture, renewed

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "benchmarks" / "reports" / "locate"
RESULTS = ROOT / "docs" / "locate_results.md"
TAUS = ("0.1", "0.25", "0.5", "1", "2")


@dataclass(frozen=True)
class DataSet:
    """Where a set is in --data, the steps of each localiser trained on it, and the highest share of the offset that
    issue 34 lets refinement leave.
    """

    train: str
    test: str | None
    steps: int
    offset: float | None = None


SETS = {
    "nuclei": DataSet("nuclei/train.json", "nuclei/test.json", 500, 0.50),
    "bccd": DataSet("bccd@train", "bccd@test", 300, 0.62),
    "red_cells": DataSet("red_cells", None, 300),
    "pcb": DataSet("pcb/train.json", "pcb/test.json", 300),
    "aquarium": DataSet("aquarium@train", "aquarium@test", 300),
}
RSV, GAPS = 0.55, {"0.25": 0.80, "1": 0.85}  # the other floors: the share of the RSV, and of the gap in AP by tau
ALONE = ("--localiser", "none")  # refinement is measured alone


@dataclass(frozen=True)
class Arm:
    """A row of a table, and the paper's mAP at tau 1 (COCO).

    options: of `fewclicks simulate locate`. training: those of them that the training of the refiner depends on.
    """

    name: str
    options: tuple[str, ...] = ()
    training: tuple[str, ...] = ()
    paper: float | None = None

    @property
    def has_trained_refiner(self) -> bool:
        return not {"--points", "--refiner"} & {*self.options}

    def report(self, out: Path, of_set: str, seed: int) -> Path:
        """Return where the report of a run is kept."""
        return out / of_set / f"{_slug((*self.training, *self.options))}.seed{seed}.json"

    def refiner(self, folder: Path, of_set: str, seed: int) -> tuple[str, ...]:
        """Return the option that keeps the trained refiner of a run."""
        if not self.has_trained_refiner:
            return ()
        return "--refiner-folder", str(folder / of_set / f"{_slug(self.training)}.seed{seed}")


def _slug(options: Sequence[str]) -> str:
    return "_".join(word.removeprefix("--") for word in options) or "refined"


@dataclass(frozen=True)
class Experiment:
    """A table for each of `sets`, with `seeds` runs a row."""

    title: str
    arms: tuple[Arm, ...]
    sets: tuple[str, ...] = ("nuclei",)
    seeds: int = 1


def alone(*arms: Arm) -> tuple[Arm, ...]:
    """Return the same rows without a localiser."""
    return tuple(replace(arm, options=(*arm.options, *ALONE)) for arm in arms)


COARSE = Arm("coarse points, P2PNet", ("--points", "coarse"), paper=38.48)
REFINED = Arm("CPR, P2PNet", paper=55.46)
CENTRE = Arm("true centres, P2PNet", ("--points", "centre"), paper=57.47)
UNTRAINED = Arm("untrained refiner, P2PNet", ("--refiner", "untrained"))
SELF = Arm("self-refinement, P2PNet", ("--refiner", "self"), paper=50.86)
SHORT = ("--refiner-steps", "200")
LOSSES = {
    "mil": 39.07,
    "mil+ann": 39.45,
    "mil+neg": 54.24,
    "ann+neg": 51.82,
    "pos+ann+neg": 42.72,
    "mil+ann+neg": 55.46,
}
DETECTORS = {"one-stage": (32.61, 51.35), "two-stage": (35.29, 53.21)}  # RetinaNet and Faster R-CNN
REACHES = alone(*(Arm(f"R {cells}", ("--reach", str(cells))) for cells in (3, 5, 8, 12, 16)))

EXPERIMENTS = {
    "points": Experiment("Kind of points (Table 4d)", (COARSE, REFINED, CENTRE), ("nuclei", "bccd"), seeds=3),
    "baselines": Experiment(
        "Baselines (Table 1)",
        (
            Arm("coarse points, pseudo-box", ("--points", "coarse", "--localiser", "one-stage"), paper=37.42),
            COARSE,
            SELF,
            REFINED,
        ),
        seeds=3,
    ),
    "constraints": Experiment(
        "Constraints (Table 4c)",
        alone(
            Arm("all"),
            Arm("delta 1 = 0.1", ("--lowest", "0.1"), paper=55.46),
            Arm("delta 1 = 0", ("--lowest", "0"), paper=45.17),
            Arm("delta 1 = 0.05", ("--lowest", "0.05")),
            Arm("delta 1 = 0.3", ("--lowest", "0.3")),
            Arm("delta 2 = 0", ("--relative", "0"), paper=54.96),
            Arm("delta 1 = delta 2 = 0", ("--lowest", "0", "--relative", "0")),
            Arm("without III", ("--nearest", "off"), paper=52.69),
            Arm("without star", ("--no-star",)),
        ),
        ("nuclei", "bccd"),
    ),
    "class-constraints": Experiment(
        "Constraints between classes (Table 4c)",
        alone(
            Arm("all", paper=55.46),
            Arm("without II", ("--no-by-class",), paper=54.25),
            Arm("III over all classes", ("--nearest", "all")),
        ),
        ("bccd",),
    ),
    "reach": Experiment(
        "R of refinement (Table 4a, b)",
        REACHES,
        ("nuclei", "bccd"),
    ),
    "radius": Experiment(
        "R of training",
        alone(
            Arm("R 5, 500 steps"),
            Arm("R 8, 250 steps", training=("--radius", "8", "--refiner-steps", "250")),
        ),
        ("nuclei", "bccd"),
    ),
    "losses": Experiment(
        "Losses (Table 2), 200 steps",
        alone(*(Arm(name, training=("--losses", name, *SHORT), paper=paper) for name, paper in LOSSES.items())),
    ),
    "untrained": Experiment(
        "Refinement without training, by the share of annotated objects",
        alone(
            *(
                Arm(f"{kind} refiner, {share} annotated", *options)
                for share in ("1", "0.5", "0.2")
                for kind, *options in (
                    ("untrained", ("--refiner", "untrained", "--annotated", share)),
                    ("trained", (), () if share == "1" else ("--annotated", share)),
                )
            )
        ),
        ("nuclei", "bccd"),
    ),
    "people": Experiment("Points of people", (COARSE, UNTRAINED, REFINED), ("red_cells",)),
    "detectors": Experiment(
        "Localisers (Table 3)",
        tuple(
            Arm(f"{points} points, {name}", (*options, "--localiser", name), paper=paper)
            for name, papers in DETECTORS.items()
            for points, options, paper in zip(("coarse", "refined"), (("--points", "coarse"), ()), papers, strict=True)
        ),
    ),
    "level": Experiment(
        "Pyramid level (Table 4a, b), 200 steps",
        alone(
            Arm("P2, R 8", training=("--level", "P2", *SHORT)),
            Arm("P3, R 5", ("--reach", "5"), ("--level", "P3", *SHORT), 53.32),
            Arm("P3, R 8", training=("--level", "P3", *SHORT), paper=55.46),
        ),
    ),
    "classes": Experiment("Several classes", (COARSE, REFINED, CENTRE), ("pcb", "aquarium")),
    "reading": Experiment(
        "Image scale with several classes",
        alone(
            Arm("neighbours 36 pixels apart"),
            Arm("native", training=("--reading", "native")),
            Arm("untrained refiner", ("--refiner", "untrained")),
        ),
        ("pcb", "aquarium"),
    ),
    "classes-reach": Experiment("R of refinement with several classes", REACHES, ("pcb", "aquarium")),
}


# --- runs ----------------------------------------------------------------------------------------


def runs(names: Sequence[str], seeds: int) -> Iterator[tuple[str, Arm, int]]:
    """Yield set, arm and seed of the runs of the experiments: the first seed of all of them, then the next."""
    for seed in range(seeds):
        for each in (EXPERIMENTS[name] for name in names):
            if seed < each.seeds:
                yield from ((of_set, arm, seed) for of_set in each.sets for arm in each.arms)


def measure(of_set: str, arm: Arm, seed: int, options: argparse.Namespace) -> None:
    """Write the report of a run, unless it exists. The program writes it last, completely or not at all."""
    path = arm.report(options.out, of_set, seed)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    where = SETS[of_set]
    localiser: tuple[str, ...] = ()
    if arm.options[-2:] != ALONE:
        test = ("--test", str(options.data / where.test)) if where.test else ()
        localiser = (*test, "--steps", str(where.steps))
    fewclicks(
        "simulate", "locate", "--data", str(options.data / where.train), *localiser, *arm.training, *arm.options,
        *arm.refiner(options.work, of_set, seed), "--seed", str(seed), "--backbone", str(options.backbone),
        "--json", str(path),
    )  # fmt: skip


# --- tables --------------------------------------------------------------------------------------

Figures = Mapping[str, float | None]


def figures_of(report: Mapping[str, Any]) -> Figures:
    """Return what the tables show of a report, by column; None where it does not know."""
    by_tau = report.get("map_by_tau") or {}
    return {
        **{f"AP {tau}": 100 * by_tau[tau] if tau in by_tau else None for tau in TAUS},
        "precision": report.get("precision"),
        "recall": report.get("recall"),
        "count error": report.get("count_mae"),
        "offset before": report["offset_before"],
        "offset": _share(report, "offset_after", "offset_before"),
        "RSV": _share(report, "rsv_after", "rsv_before"),
        "made worse": report["made_worse"],
    }


def _share(of: Mapping[str, Any], after: str, before: str) -> float | None:
    return None if of[after] is None or not of[before] else float(of[after] / of[before])


def found_figures(name: str, of_set: str, out: Path) -> dict[Arm, list[Figures]]:
    """Return the figures of the finished runs of an experiment on a set, by seed; rows without any are left out."""
    experiment = EXPERIMENTS[name]
    found = {}
    for arm in experiment.arms:
        paths = [arm.report(out, of_set, seed) for seed in range(experiment.seeds)]
        found[arm] = [figures_of(json.loads(path.read_text(encoding="utf-8"))) for path in paths if path.exists()]
    return {arm: by_seed for arm, by_seed in found.items() if by_seed}


def shown(name: str, out: Path) -> str:
    """Return the tables of an experiment in Markdown, one for each set with reports."""
    experiment = EXPERIMENTS[name]
    tables = []
    for of_set in experiment.sets:
        if found := found_figures(name, of_set, out):
            seeds = max(map(len, found.values()))
            title = f"{experiment.title}, {of_set}, {seeds} {'seed' if seeds == 1 else 'seeds'}:"
            tables.append(f"{title}\n\n{table_of(found)}\n")
    if name == "points":
        tables += [f"Floors:\n\n{floors(out)}\n", f"Refinement by object size, seed 0:\n\n{sizes(out)}\n"]
    return "\n".join(tables)


def table_of(found: Mapping[Arm, Sequence[Figures]]) -> str:
    """Return a table in Markdown; columns that no row knows are left out."""
    every = {column: [each.get(column) for of_arm in found.values() for each in of_arm]
             for of_arm in found.values() for column in of_arm[0]}  # fmt: skip
    columns = [column for column, values in every.items() if any(value is not None for value in values)]
    has_paper = any(arm.paper is not None for arm in found)
    heading = ["", *(["*paper, AP 1*"] if has_paper else []), *columns]
    rows = []
    for arm, by_seed in found.items():
        paper = ["" if arm.paper is None else f"*{arm.paper:.1f}*"] if has_paper else []
        rows.append([arm.name, *paper, *(cell(column, [each.get(column) for each in by_seed]) for column in columns)])
    return markdown(heading, rows)


def cell(column: str, values: Sequence[float | None]) -> str:
    """Return the mean over seeds and the standard deviation; nothing where a value is missing."""
    known = np.array([value for value in values if value is not None])
    if not len(known):
        return ""
    digits = 1 if column.startswith("AP") or column == "count error" else 3
    spread = f" ± {known.std(ddof=1):.{digits}f}" if len(known) > 1 else ""
    return f"{known.mean():.{digits}f}{spread}"


def floors(out: Path) -> str:
    """Return the figures that issue 34 sets floors for, beside these; a missed one is named."""
    rows: list[list[str]] = []
    for of_set in EXPERIMENTS["points"].sets:
        found = found_figures("points", of_set, out)
        if {COARSE, REFINED, CENTRE} <= found.keys():
            rows += _floors_of(of_set, found)
    return markdown(("set", "figure", "floor", "here", ""), rows)


def _floors_of(of_set: str, found: Mapping[Arm, Sequence[Figures]]) -> Iterator[list[str]]:
    most = {"offset": SETS[of_set].offset, "RSV": RSV}
    for column, limit in most.items():
        value = _mean(found[REFINED], column)
        assert limit is not None
        yield [of_set, f"{column} left", f"at most {limit:.2f}", f"{value:.3f}", _verdict(value <= limit)]
    for tau, least in GAPS.items():
        low, here, high = (_mean(found[arm], f"AP {tau}") for arm in (COARSE, REFINED, CENTRE))
        closed = (here - low) / (high - low)
        met = _verdict(closed >= least)
        yield [of_set, f"gap in AP {tau} closed", f"at least {least:.0%}", f"{closed:.0%}", met]


def sizes(out: Path) -> str:
    """Return the offsets of the trained refiner by object size in pixels, in Markdown."""
    rows = []
    for of_set in EXPERIMENTS["points"].sets:
        path = REFINED.report(out, of_set, 0)
        by_size = json.loads(path.read_text(encoding="utf-8"))["offset_by_size"] if path.exists() else {}
        for size, each in by_size.items():
            if each["objects"]:
                shares = [f"{each[name]:.3f}" for name in ("before", "after", "made_worse")]
                rows.append([of_set, f"{size} px", str(each["objects"]), *shares])
    return markdown(("set", "size", "objects", "offset before", "after", "made worse"), rows)


def _mean(by_seed: Sequence[Figures], column: str) -> float:
    return float(np.mean([each[column] for each in by_seed]))


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def draw(out: Path, folder: Path) -> None:
    """Draw AP by tau for each kind of points into `folder`."""
    panels = []
    for of_set in EXPERIMENTS["points"].sets:
        found = found_figures("points", of_set, out)
        curves = {arm.name: np.array([[each[f"AP {tau}"] for tau in TAUS] for each in found[arm]]) for arm in found}
        panels.append(Panel(of_set, [float(tau) for tau in TAUS], curves))
    folder.mkdir(parents=True, exist_ok=True)
    picture(panels, "tau", "AP", folder / "points.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the sets; without it, no run starts")
    parser.add_argument("--backbone", type=Path, help="MobileNetV2 weights that every training starts from")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    parser.add_argument("--work", type=Path, default=Path("runs/locate"), help="folder of trained refiners and plots")
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS), help="these experiments")
    parser.add_argument("--seeds", type=int, default=3, help="at most so many of each experiment")
    options = parser.parse_args()
    if options.data:
        for of_set, arm, seed in runs(options.only, options.seeds):
            measure(of_set, arm, seed, options)
    tables = {name: shown(name, options.out) for name in EXPERIMENTS}
    print("\n".join(tables[name] for name in options.only))
    draw(options.out, options.work)
    RESULTS.write_text(renewed(RESULTS.read_text(encoding="utf-8"), "locate", tables), encoding="utf-8")


if __name__ == "__main__":
    main()
