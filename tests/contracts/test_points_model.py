"""The contract of models, checked on a small model of the task `points`, as `make test` checks installed ones."""

import subprocess
import sys
from pathlib import Path

from halfway import environment

TESTS = Path(__file__).with_name("test_models.py")


def test_the_contract_is_checked_on_models_of_points() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS), "-k", "halfway"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
