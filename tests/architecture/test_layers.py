"""Layers of packages: a package imports only from lower layers, and only training imports torch."""

from collections.abc import Callable
from pathlib import Path

import pytest
from modules import PACKAGE, Import, imports, package_of

# From bottom to top; packages of one layer do not import each other.
LAYERS = (
    ("", "errors"),
    ("geometry", "scratch"),
    ("labels", "prompts", "files", "allocator", "cache"),
    ("answers", "images"),
    ("model", "class_clicks"),
    ("formats",),
    ("datasets", "synthetic"),
    ("simulation",),
    ("training",),
    ("methods",),
    ("ask",),
    ("store",),
    ("jobs", "work"),
    ("application", "api"),
    ("server", "demo"),
    ("cli",),
    ("__main__",),
)
LAYER = {package: number for number, packages in enumerate(LAYERS) for package in packages}
TORCH_SIDE_PACKAGES = {"torch", "torchvision", "onnx", "onnxscript", "sklearn", "skl2onnx", "safetensors"}
PUBLIC = (
    "fewclicks",
    {"fewclicks.api", "fewclicks.api.load"},
)  # `fewclicks.load` is imported on first use from a higher layer


def imports_upwards(found: Import) -> bool:
    """Return whether the import leads to another package that is not in a lower layer."""
    if found.imported.split(".")[0] != "fewclicks" or is_public(found):
        return False
    here, there = package_of(found.importer), package_of(found.imported)
    if there not in LAYER:  # a name of the package itself, as in `from fewclicks import __version__`
        return False
    return here != there and LAYER[there] >= LAYER[here]


def is_public(found: Import) -> bool:
    return found.importer == PUBLIC[0] and found.imported in PUBLIC[1]


def is_torch_side(module: str) -> bool:
    parts = module.split(".")
    if parts[0] != "fewclicks":
        return parts[0] in TORCH_SIDE_PACKAGES
    return "training" in parts[1:]


def leaks_torch(found: Import) -> bool:
    """Return whether code for serving imports packages for training; commands may do so when called."""
    if is_torch_side(found.importer) or not is_torch_side(found.imported):
        return False
    return not (package_of(found.importer) == "cli" and found.lazy)


def test_every_package_has_a_layer() -> None:
    packages = {path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"}
    packages |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages == set(LAYER) - {""}


def test_imports_are_absolute() -> None:
    assert [str(found) for found in imports() if found.imported.startswith(".")] == []


def test_no_package_imports_upwards() -> None:
    assert [str(found) for found in imports() if imports_upwards(found)] == []


def test_torch_stays_where_training_is() -> None:
    assert [str(found) for found in imports() if leaks_torch(found)] == []


def test_only_commands_import_fewclicks_inside_functions() -> None:
    """In other packages this would hide an import cycle."""
    lazy = [found for found in imports() if found.lazy and found.imported.startswith("fewclicks.")]
    lazy = [found for found in lazy if not is_public(found)]
    assert [str(found) for found in lazy if package_of(found.importer) != "cli"] == []


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """The nodes of one cycle, the first one again at the end; none where there is no cycle."""
    done: set[str] = set()

    def walk(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for other in sorted(edges.get(node, ())):
            if found := walk(other, [*path, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(edges) if (found := walk(node, []))), [])


def edges_between(found: list[Import], of: Callable[[str], str]) -> dict[str, set[str]]:
    """Which nodes import which others; a node is what `of` makes of a module's name.

    The package `fewclicks` itself is left out: everybody may ask for its version, and it loads `api` when asked to.
    """
    known = {each.importer for each in found} - {"fewclicks"}
    edges: dict[str, set[str]] = {}
    for each in found:
        here, there = of(each.importer), of(each.imported)
        if {each.importer, each.imported} <= known and not is_within(here, there) and not is_within(there, here):
            edges.setdefault(here, set()).add(there)
    return edges


def is_within(node: str, package: str) -> bool:
    """Whether a node is a package or lies in it: a package and its own parts may know each other."""
    return node == package or node.startswith(f"{package}.")


def folder_of(module: str) -> str:
    """The package that a module is in; packages, and the modules beside them at the top, stand for themselves."""
    is_package = PACKAGE.parent.joinpath(*module.split(".")).is_dir()
    return module if is_package or module.count(".") == 1 else module.rpartition(".")[0]


def test_there_is_no_cycle_of_imports_between_modules() -> None:
    assert cycle(edges_between(imports(), lambda module: module)) == []


def test_there_is_no_cycle_of_imports_between_packages() -> None:
    assert cycle(edges_between(imports(), folder_of)) == []


def test_a_cycle_is_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == ["a", "b", "c", "a"]
    assert cycle({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}}) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("geometry/masks.py", "from fewclicks.labels import Box"),
        ("store/project.py", "import fewclicks.server.app"),
        ("methods/segment/inference/assist.py", "from fewclicks.store import project"),
        ("simulation/report.py", "from fewclicks.methods.registry import get_role"),
    ],
)
def test_an_upward_import_is_found(tmp_path: Path, module: str, line: str) -> None:
    assert any(imports_upwards(found) for found in _imports_of(tmp_path, module, line))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("methods/segment/inference/assist.py", "import torch"),
        ("methods/segment/inference/assist.py", "from fewclicks.methods.segment.training.network import Network"),
        ("methods/segment/inference/assist.py", "from fewclicks.methods.segment import training"),
        ("server/app.py", "def late():\n    from torchvision.ops import nms"),
        ("simulation/loop.py", "from sklearn.ensemble import RandomForestRegressor"),
        ("cli/train.py", "from fewclicks.training.loop import train"),
    ],
)
def test_torch_that_leaks_is_found(tmp_path: Path, module: str, line: str) -> None:
    assert any(leaks_torch(found) for found in _imports_of(tmp_path, module, line))


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    allowed = [
        ("cli/train.py", "def train():\n    from fewclicks.training.loop import train"),
        ("methods/segment/training/recipe.py", "import torch"),
        ("server/app.py", "from fewclicks import __version__"),
    ]
    for module, line in allowed:
        assert not any(imports_upwards(found) or leaks_torch(found) for found in _imports_of(tmp_path, module, line))


def _imports_of(folder: Path, module: str, source: str) -> list[Import]:
    path = folder / "fewclicks" / module
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return imports(folder / "fewclicks")
