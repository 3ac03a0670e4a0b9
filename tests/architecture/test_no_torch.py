"""Installing and serving need no torch: proved in a process in which it cannot be imported."""

import subprocess
import sys
from pathlib import Path

from fewclicks.jobs.kinds import INSTALL

SCRIPT = Path(__file__).with_name("without_torch.py")


def test_serving_needs_no_torch(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "demo")], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("answered with a mask")


def test_training_without_torch_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from without_torch import Absent\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from fewclicks.cli import run\n"
        "sys.exit(run(['train', 'segment', '--data', 'x', '--backbone', 'y', '--out', 'z', '--steps', '1']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(SCRIPT.parent)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.endswith(f"{INSTALL}\n")
