"""`fewclicks simulate ask`, as a user runs it."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .program import Program, start

CURVE = ("boxes", "answers", "seconds")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from fewclicks.synthetic.drawing import Wanted, write_set

    folder = tmp_path_factory.mktemp("ask") / "made"
    return write_set(Wanted(images=10, classes=2, side=96, objects=5, seed=1), folder)


SMALL = ("--quick", "--steps", 5, "--side", 96, "--rounds", 1, "--per-round", 5, "--initial", 2, "--threshold", 0.001)


def test_a_report_has_all_figures_and_finished_runs_are_read(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report, plot, runs = tmp_path / "report.json", tmp_path / "plot.png", tmp_path / "runs"
    asked = ("simulate", "ask", "--data", data, *SMALL, "--runs", runs, "--json", report, "--plot", plot)
    shown = fewclicks.done(*asked, "--level", "box", "--strategy", "coreset")
    assert "boxes labelled: mAP" in shown
    figures = json.loads(report.read_text())
    assert len(figures["curve"]) == 2
    for point in figures["curve"]:
        assert set(point) == {*CURVE, "map50"}
        assert 0 <= point["map50"][0] <= 1
    assert figures["curve"][1]["answers"] == figures["curve"][0]["answers"] + 5
    for mark in (85, 95):
        assert {f"{name}_to_{mark}" for name in CURVE} <= set(figures)
    assert figures["total_boxes"] > 0
    assert 0 <= figures["full_map50"] <= 1
    assert {"auc", "strategy", "level", "lambda_d"} <= set(figures)
    assert plot.read_bytes().startswith(b"\x89PNG")
    files = {path: path.stat().st_mtime_ns for path in runs.iterdir()}
    assert sorted(path.name.split("-")[0] for path in files) == ["box", "full"]
    assert fewclicks.done(*asked, "--level", "box", "--strategy", "coreset") == shown
    assert {path: path.stat().st_mtime_ns for path in runs.iterdir()} == files
    fewclicks.done(*asked, "--level", "image")
    assert len(list(runs.iterdir())) == 3, "the model of all labels is the same"


def test_killed_it_goes_on_with_the_runs_that_are_missing(data: Path, tmp_path: Path, fewclicks: Program) -> None:
    report, whole = tmp_path / "report.json", tmp_path / "whole.json"
    asked = ("simulate", "ask", "--data", data, *SMALL, "--level", "image", "--json")
    killed = start(*asked, report, "--runs", tmp_path / "runs")
    try:
        until(lambda: len(finished(tmp_path / "runs")) == 1 or killed.poll() is not None, seconds=300)
    finally:
        killed.kill()
        killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not report.exists()
    before = finished(tmp_path / "runs")
    assert len(before) == 1
    fewclicks.done(*asked, report, "--runs", tmp_path / "runs")
    after = finished(tmp_path / "runs")
    assert len(after) == 2
    assert after | before == after, "a finished run is not run again"
    fewclicks.done(*asked, whole, "--runs", tmp_path / "others")
    assert json.loads(report.read_text()) == json.loads(whole.read_text()), "as if nobody had killed it"
    assert len(list((tmp_path / "runs").iterdir())) == 2, "nothing unfinished is left"


def finished(runs: Path) -> dict[str, int]:
    """The time of each finished run, by the name of its file."""
    return {path.name: path.stat().st_mtime_ns for path in runs.glob("*.json")}


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--data", "absent.json"), "absent.json: file or folder not found"),
        (("--strategy", "magic"), "no strategy 'magic'; use one of "),
        (("--test", "{data}"), "this image is in both --data and --test"),
        (("--initial", "99"), "every image is labelled already, so there is nothing to ask; begin with fewer images"),
        (("--level", "box", "--threshold", "0.99"), "no predicted box has a confidence of 0.99"),
        (("--backbone", "absent.onnx"), "absent.onnx: cannot read"),
    ],
)
def test_bad_input_is_one_line(
    arguments: tuple[str, ...], problem: str, data: Path, tmp_path: Path, fewclicks: Program
) -> None:
    given = [each.format(data=data) for each in arguments]
    base = () if "--data" in given else ("--data", data)
    assert problem in fewclicks.refused("simulate", "ask", *base, *SMALL, "--runs", tmp_path / "runs", *given)
