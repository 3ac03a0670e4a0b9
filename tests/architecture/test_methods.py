"""Nothing outside a method's package names the method, and nothing but `application/answers` tells answers apart."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from modules import PACKAGE, imports

from fewclicks.methods.registry import methods, roles
from halfway import TRAINED_PACKAGES

ANSWERS = {"MaskAnswer", "PartitionAnswer", "BoxesAnswer", "PointsAnswer"}
MAY_NAME = (
    "cli/former.py",  # options of earlier releases
    "simulation/partition/",  # counts the regions of the data
    "store/events.py",  # verbs of logs that earlier releases wrote
)


def names() -> set[str]:
    return {*methods(), *roles()} - {"baselines"}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module, with its line; a name is a string of its own, not a word in a sentence."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def naming(package: Path, known: set[str]) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package).as_posix()
        is_of_a_method = place.startswith("methods/") and place.count("/") > 1
        if place.startswith(MAY_NAME) or is_of_a_method:
            continue
        found += [f"{place}:{line} names {text!r}" for line, text in literals(path) if text in known]
    return found


def test_no_method_is_named_outside_its_package() -> None:
    assert naming(PACKAGE, names()) == []


def test_a_method_that_is_named_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "app.py").write_text('if assist.name == "regions":\n    pass\n')
    (tmp_path / "methods" / "regions").mkdir(parents=True)
    (tmp_path / "methods" / "regions" / "model.py").write_text('NAME = "regions"\n')
    assert naming(tmp_path, {"regions"}) == ["server/app.py:1 names 'regions'"]


def test_a_trained_method_of_another_package_uses_only_what_methods_share() -> None:
    """So it touches no file of fewclicks; as a part of fewclicks, only `pyproject.toml` and its shipped files."""
    used = {each.imported for each in imports(Path(TRAINED_PACKAGES[0]) / "fewclicks_spots")}
    of_methods = tuple(f"fewclicks.methods.{name}" for name in methods())
    assert [each for each in sorted(used) if each.startswith(of_methods)] == []
    assert {"fewclicks.methods.shared.training.on_project", "fewclicks.training.loop"} <= used
    assert naming(PACKAGE, {"spots"}) == []


def test_only_answers_of_the_application_tell_answers_apart() -> None:
    """A model's own package, the simulation of its task and what makes answers know their own kind."""
    allowed = ("answers", "application.answers", "methods", "simulation", "class_clicks", "api", "ask")
    importers = {
        found.importer.removeprefix("fewclicks.")
        for found in imports()
        if found.imported.removeprefix("fewclicks.answers.") in ANSWERS
    }
    assert [each for each in sorted(importers) if not each.startswith(allowed)] == []


@pytest.mark.parametrize("name", ["segment", "regions", "detect"])
def test_the_built_in_methods_are_found_like_those_of_other_packages(name: str) -> None:
    assert methods()[name].roles[0].name == name
