"""The benchmark of `ask`: which runs it starts, and what it shows of their reports."""

import argparse
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))
trends = pytest.importorskip("ask_trends")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the benchmark runs, none of which writes a report."""
    commands: list[list[str]] = []
    monkeypatch.setattr(trends, "fewclicks", lambda *words: commands.append([*words]))
    return commands


def options_of(folder: Path, seeds: int = 1) -> argparse.Namespace:
    given = {"data": Path("sets"), "mobilenet": Path("net.safetensors"), "out": folder / "out", "work": Path("work")}
    return argparse.Namespace(**given, seeds=seeds)


def report(folder: Path, arm: object, of_set: str, seeds: int = 1, **figures: object) -> None:
    """A report in which 85% cost 100 s, and 95% were not reached."""
    path = arm.report(folder, of_set)  # type: ignore[attr-defined]
    path.parent.mkdir(parents=True, exist_ok=True)
    costs = {f"{cost}_to_85": 100.0 for cost in ("boxes", "answers", "seconds")}
    missed = {f"{cost}_to_95": None for cost in ("boxes", "answers", "seconds")}
    curve = [{"map50": [0.25, 0.0]}, {"map50": [0.75, 0.125]}]
    others = {"seeds": seeds, "curve": curve, "full_map50": 0.875, "total_boxes": 90, "auc": 0.5}
    path.write_text(json.dumps({**costs, **missed, **others, **figures}), encoding="utf-8")


def test_a_row_with_enough_seeds_does_not_start_again(tmp_path: Path, started: list[list[str]]) -> None:
    report(tmp_path / "out", trends.BY_HAND, "bccd", seeds=2)
    trends.measure("bccd", trends.BY_HAND, options_of(tmp_path, seeds=2))
    assert started == []
    trends.measure("bccd", trends.BY_HAND, options_of(tmp_path, seeds=3))
    trends.measure("bccd", trends.DEFAULT, options_of(tmp_path, seeds=2))
    assert len(started) == 2


def test_a_run_has_the_options_of_its_row_and_its_set(tmp_path: Path, started: list[list[str]]) -> None:
    trends.measure("pcb", trends.BY_HAND, options_of(tmp_path))
    trends.measure("bccd", trends.DEFAULT, options_of(tmp_path))
    by_hand, default = started
    json_path = str(tmp_path / "out" / "pcb" / "level_image_strategy_random.json")
    assert by_hand == [
        "simulate", "ask", "--data", str(Path("sets/pcb/train.json")), "--test", str(Path("sets/pcb/test.json")),
        "--level", "image", "--strategy", "random", "--seeds", "1", "--backbone", "net.safetensors", "--runs", "work",
        "--json", json_path,
    ]  # fmt: skip
    assert {"--test", "--level"} & {*default} == set()
    assert default[default.index("--backbone") + 1] == str(trends.SLOTS)


def test_rows_of_several_tables_run_once() -> None:
    found = list(trends.rows(["floors", "levels", "parts"], ["bccd"]))
    assert len(found) == len(set(found))
    assert {of_set for of_set, _ in found} == {"bccd"}


def test_a_table_says_what_its_runs_had_in_common(tmp_path: Path) -> None:
    report(tmp_path, trends.BY_HAND, "bccd", seeds=1)
    report(tmp_path, trends.DEFAULT, "bccd", seeds=3)
    text = trends.shown("floors", tmp_path)
    assert "Seconds of a person, bccd, 1 to 3 seeds, mAP 0.250 at the start and 0.875 with all 90 boxes:" in text
    assert "| 100 | 100 | 100 | not reached | not reached | not reached | 0.500 | 0.750 |" in text
    assert "| 0.750 ± 0.125 |" in text


def test_floors_are_met_or_missed(tmp_path: Path) -> None:
    report(tmp_path, trends.BY_HAND, "bccd", seconds_to_85=1000.0, seconds_to_95=2000.0)
    report(tmp_path, trends.DEFAULT, "bccd", seconds_to_85=800.0, seconds_to_95=1501.0)
    report(tmp_path, trends.BY_HAND, "pcb", seconds_to_95=3000.0)
    report(tmp_path, trends.DEFAULT, "pcb", seconds_to_85=50.0)
    report(tmp_path, trends.DEFAULT, "crystals")
    assert [line.split(" | ")[2:] for line in trends.floors(tmp_path).splitlines()[2:]] == [
        ["85%", "1,000", "800", "80%", "80%", "met |"],
        ["95%", "2,000", "1,501", "75%", "75%", "**missed** |"],
        ["85%", "100", "50", "80%", "50%", "met |"],
        ["95%", "3,000", "not reached", "75%", "", "**missed** |"],
    ]


def test_a_mark_that_drawing_by_hand_does_not_reach_is_no_floor() -> None:
    assert trends.verdict(None, 100.0, 0.8) == ("", "**not measured**")


def test_the_tables_of_the_page_are_those_of_the_reports() -> None:
    """`python benchmarks/ask_trends.py` renews them."""
    text = trends.PAGE.read_text(encoding="utf-8")
    tables = {name: trends.shown(name, trends.REPORTS) for name in trends.EXPERIMENTS}
    assert trends.renewed(text, "ask", tables) == text
