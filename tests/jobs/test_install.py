"""How to add what training needs: a command that fits the way in which fewclicks was installed."""

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from fewclicks.jobs import kinds

PIP = f"{shlex.quote(sys.executable)} -m pip install"


class Installed:
    def __init__(self, noted: object) -> None:
        self.noted = noted

    def __call__(self, name: str) -> "Installed":
        if isinstance(self.noted, Exception):
            raise self.noted
        return self

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.noted is None else json.dumps(self.noted)


def test_from_a_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = {"url": tmp_path.as_uri(), "dir_info": {"editable": True}}
    monkeypatch.setattr(kinds, "distribution", Installed(noted))
    assert kinds.install_command() == f"{PIP} -e '{tmp_path}[train]'"


def test_from_a_wheel_in_a_folder_with_a_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "my wheels" / "fewclicks-1-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    monkeypatch.setattr(kinds, "distribution", Installed({"url": wheel.as_uri(), "archive_info": {}}))
    assert kinds.install_command() == f"{PIP} '{wheel}[train]'"


@pytest.mark.parametrize(
    "noted",
    [
        None,
        PackageNotFoundError("fewclicks"),
        {"url": "file:///not/there.whl", "archive_info": {}},
        {"url": "https://example.org/fewclicks.whl", "archive_info": {}},
    ],
)
def test_from_somewhere_else(monkeypatch: pytest.MonkeyPatch, noted: object) -> None:
    monkeypatch.setattr(kinds, "distribution", Installed(noted))
    assert kinds.install_command() == f"{PIP} 'fewclicks[train]'"
