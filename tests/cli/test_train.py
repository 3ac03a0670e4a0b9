"""`fewclicks train` before any network is trained: what is refused, and with which words."""

from pathlib import Path

import pytest

from .program import Program


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("--data a", "add --backbone and --out"),
        ("--resume", "--resume requires --project"),
        ("--project p --sigma 3", "--project can be combined only with --backbone, "),
        ("--project p --resume --seed 3", "--resume uses the settings of the interrupted run"),
        ("--project p", "no project here"),
    ],
)
def test_train_on_data_or_on_a_project(words: str, problem: str, fewclicks: Program) -> None:
    assert problem in fewclicks.refused("train", "detect", *words.split())


def test_a_project_takes_the_limits_of_its_own_settings(fewclicks: Program, project: Path) -> None:
    refused = fewclicks.refused("train", "detect", "--project", project, "--side", 8, status=2)
    assert refused.startswith("invalid value for '--side'")
    assert refused.endswith("; see: fewclicks train detect --help")
    assert "8 images" in fewclicks.refused("train", "detect", "--project", project, "--steps", 3)


def test_nothing_to_resume(fewclicks: Program, project: Path) -> None:
    refused = fewclicks.refused("train", "detect", "--project", project, "--resume")
    assert refused == f"{project}: no training run to resume; start one without --resume"


def test_models_that_only_data_can_train(fewclicks: Program) -> None:
    assert "missing option '--data'" in fewclicks.refused("train", "segment", status=2)
    assert "no such option: --project" in fewclicks.refused("train", "regions", "--project", "p", status=2)
