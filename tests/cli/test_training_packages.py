"""A missing package for training is an error with the command that installs it."""

import sys
from pathlib import Path

import pytest

from fewclicks.cli.training_packages import named_for_training
from fewclicks.errors import FewclicksError


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needs_much.py").write_text("import a_package_that_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(FewclicksError, match=r"missing \(a_package_that_is_missing\); install it: .*train"):
        named_for_training("needs_much:run")
    assert "needs_much" not in sys.modules


def test_a_function_is_found() -> None:
    assert named_for_training("fewclicks.cli.training_packages:named_for_training") is named_for_training
