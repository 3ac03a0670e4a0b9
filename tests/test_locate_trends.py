"""The benchmark of `locate`'s tables: which runs it starts, and what it shows of their reports."""

import argparse
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))
trends = pytest.importorskip("locate_trends")

Arm = trends.Arm


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the benchmark runs, none of which writes a report."""
    commands: list[list[str]] = []
    monkeypatch.setattr(trends, "fewclicks", lambda *words: commands.append([*words]))
    return commands


def options_of(folder: Path) -> argparse.Namespace:
    given = {"data": Path("sets"), "backbone": Path("net.safetensors"), "out": folder / "out", "work": folder / "work"}
    return argparse.Namespace(**given)


def report(folder: Path, arm: object, of_set: str, seed: int, **figures: object) -> None:
    """A report with AP, and figures of refinement that leave a half of the offset and a quarter of the RSV."""
    path = arm.report(folder, of_set, seed)  # type: ignore[attr-defined]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "map_by_tau": {"0.1": 0.2, "0.25": 0.5, "0.5": 0.6, "1": 0.7, "2": 0.8},
        "precision": 0.9, "recall": None, "count_mae": 1.25,
        "offset_before": 0.3, "offset_after": 0.15, "rsv_before": 0.04, "rsv_after": 0.01, "made_worse": 0.1,
        "offset_by_size": {},
    } | figures  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_finished_run_does_not_start_again(tmp_path: Path, started: list[list[str]]) -> None:
    options = options_of(tmp_path)
    report(options.out, trends.COARSE, "nuclei", 0)
    trends.measure("nuclei", trends.COARSE, 0, options)
    assert started == []
    trends.measure("nuclei", trends.COARSE, 1, options)
    trends.measure("bccd", trends.COARSE, 0, options)
    assert len(started) == 2


def test_a_run_has_the_options_of_its_row(tmp_path: Path, started: list[list[str]]) -> None:
    options = options_of(tmp_path)
    arm = Arm("P3", ("--reach", "5", *trends.ALONE), ("--level", "P3"))
    trends.measure("nuclei", arm, 2, options)
    trends.measure("red_cells", trends.COARSE, 0, options)
    alone, coarse = started
    kept = str(tmp_path / "work" / "nuclei" / "level_P3.seed2")
    json_path = str(tmp_path / "out" / "nuclei" / "level_P3_reach_5_localiser_none.seed2.json")
    assert alone == [
        "simulate", "locate", "--data", str(Path("sets/nuclei/train.json")), "--level", "P3", "--reach", "5",
        "--localiser", "none", "--refiner-folder", kept, "--seed", "2", "--backbone", "net.safetensors",
        "--json", json_path,
    ]  # fmt: skip
    assert {"--test", "--refiner-folder"} & {*coarse} == set()
    assert coarse[coarse.index("--steps") + 1] == str(trends.SETS["red_cells"].steps)


def test_rows_share_a_refiner_if_it_is_trained_alike(tmp_path: Path) -> None:
    first = Arm("a", ("--reach", "5"), ("--losses", "mil"))
    folders = [
        arm.refiner(tmp_path, "nuclei", 0)
        for arm in (first, Arm("b", (), ("--losses", "mil")), Arm("c"), trends.SELF, trends.COARSE)
    ]
    assert folders[0] == folders[1] != folders[2]
    assert folders[3:] == [(), ()]


def test_no_two_runs_have_the_same_report() -> None:
    """Rows of several tables may be the same run; others have reports of their own."""
    by_path: dict[Path, set[tuple[object, ...]]] = {}
    for of_set, arm, seed in trends.runs([*trends.EXPERIMENTS], 3):
        asked = (of_set, arm.options, arm.training, seed)
        by_path.setdefault(arm.report(Path(), of_set, seed), set()).add(asked)
    assert all(len(asked) == 1 for asked in by_path.values())


def test_first_seeds_come_first() -> None:
    """`reach` has one seed, `points` has three."""
    found = [*trends.runs(["reach", "points"], 3)]
    seeds = [seed for _, _, seed in found]
    assert seeds == sorted(seeds)
    assert {seed for _, arm, seed in found if arm in trends.EXPERIMENTS["reach"].arms} == {0}
    assert {seed for _, arm, seed in found if arm in trends.EXPERIMENTS["points"].arms} == {0, 1, 2}
    assert {seed for _, _, seed in trends.runs(["points"], 2)} == {0, 1}


def test_a_table_has_means_over_seeds_and_no_empty_column(tmp_path: Path) -> None:
    report(tmp_path, trends.COARSE, "nuclei", 0, offset_after=None, rsv_after=None, made_worse=None)
    report(tmp_path, trends.REFINED, "nuclei", 0)
    report(tmp_path, trends.REFINED, "nuclei", 1, offset_after=0.12, count_mae=1.75)
    lines = trends.shown("points", tmp_path).splitlines()
    assert lines[0] == "Kind of points (Table 4d), nuclei, 2 seeds:"
    heading, _, coarse, refined = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:6])
    assert "recall" not in heading
    of_coarse, of_refined = (dict(zip(heading, cells, strict=True)) for cells in (coarse, refined))
    assert (of_coarse["*paper, AP 1*"], of_coarse["AP 0.25"], of_coarse["offset"]) == ("*38.5*", "50.0", "")
    assert of_refined["offset"] == "0.450 ± 0.071"
    assert of_refined["count error"] == "1.5 ± 0.4"
    assert of_refined["RSV"] == "0.250 ± 0.000"


def test_missed_floors_are_named(tmp_path: Path) -> None:
    of_points = {trends.COARSE: (0.5, 0.6), trends.REFINED: (0.66, 0.68), trends.CENTRE: (0.7, 0.7)}
    for arm, (near, far) in of_points.items():
        report(tmp_path, arm, "nuclei", 0, map_by_tau={"0.1": 0.1, "0.25": near, "0.5": 0.6, "1": far, "2": 0.8})
    rows = [line.split("|")[1:-1] for line in trends.floors(tmp_path).splitlines()[2:]]
    assert [[cell.strip() for cell in row[1:]] for row in rows] == [
        ["offset left", "at most 0.50", "0.500", "met"],
        ["RSV left", "at most 0.55", "0.250", "met"],
        ["gap in AP 0.25 closed", "at least 80%", "80%", "met"],
        ["gap in AP 1 closed", "at least 85%", "80%", "**missed**"],
    ]


def test_sizes_without_objects_are_left_out(tmp_path: Path) -> None:
    none = {"objects": 0, "before": None, "after": None, "made_worse": None}
    some = {"objects": 7, "before": 0.25, "after": 0.125, "made_worse": 0.0}
    report(tmp_path, trends.REFINED, "bccd", 0, offset_by_size={"<10": none, ">=80": some})
    lines = trends.sizes(tmp_path).splitlines()
    assert lines[2:] == ["| bccd | >=80 px | 7 | 0.250 | 0.125 | 0.000 |"]


def test_tables_of_a_page_are_renewed() -> None:
    page = "a\n<!-- locate: points -->\nold\n<!-- end -->\nb\n"
    assert trends.renewed(page, "locate", {"points": "new\n"}) == page.replace("old", "new")
    with pytest.raises(KeyError):
        trends.renewed(page, "locate", {})


def test_the_tables_of_the_results_are_those_of_the_reports() -> None:
    """`python benchmarks/locate_trends.py` renews them."""
    text = trends.RESULTS.read_text(encoding="utf-8")
    tables = {name: trends.shown(name, trends.REPORTS) for name in trends.EXPERIMENTS}
    assert trends.renewed(text, "locate", tables) == text
