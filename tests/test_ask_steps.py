"""The benchmark of the training budget of `ask`."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))
pytest.importorskip("torch")
ask_steps = pytest.importorskip("ask_steps")


def test_each_size_and_number_of_steps_is_a_row_and_finished_runs_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fewclicks.synthetic.drawing import Wanted, write_set

    data, work = (
        write_set(Wanted(images=6, classes=2, side=96, objects=5, seed=1), tmp_path / "made"),
        tmp_path / "work",
    )
    start = ROOT / "benchmarks" / "weights" / "detect.onnx"
    words = ["ask_steps.py", "--data", data, "--backbone", start, "--side", 64, 96, "--steps", 2, 3, "--work", work]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    ask_steps.main()
    shown = capsys.readouterr().out
    cells = [line.split(" | ") for line in shown.splitlines() if line.startswith("| ")][2:]
    assert [(side.removeprefix("| "), steps) for side, steps, _ in cells] == [
        *(("64", "2"), ("64", "3")),
        *(("96", "2"), ("96", "3")),
    ]
    assert all(0 <= float(found.removesuffix(" |")) <= 1 for *_, found in cells)
    files = {path: path.stat().st_mtime_ns for path in work.iterdir()}
    assert len(files) == 4
    ask_steps.main()
    assert capsys.readouterr().out == shown
    assert {path: path.stat().st_mtime_ns for path in work.iterdir()} == files
