"""Models as files: those that come in the package, and the versions that a project has trained for itself."""

import os
import re
from importlib import resources
from pathlib import Path

from fewclicks.errors import StorageError

SHIPPED = Path(str(resources.files("fewclicks.methods"))) / "weights"
FOLDER = "models"  # of a project


def versions(folder: Path, method: str) -> list[str]:
    """The names of the versions of a method's model in `folder`, the oldest first."""
    names = (path.stem for path in folder.glob(f"{method}-*.onnx"))
    return sorted((name for name in names if _number(name, method)), key=lambda name: _number(name, method))


def next_version(folder: Path, method: str) -> str:
    """A name that no version has or had a file of."""
    taken = (_number(path.name.split(".")[0], method) for path in folder.glob(f"{method}-*"))
    return f"{method}-{max(taken, default=0) + 1}"


def model_file(folder: Path, method: str, version: str | None) -> Path | None:
    """The ONNX file of a version, or of the shipped model; None when there is none."""
    path = SHIPPED / f"{method}.onnx" if version is None else folder / f"{version}.onnx"
    known = version is None or _number(version, method) > 0
    return path if known and path.is_file() else None


def add_version(made: Path, folder: Path) -> Path:
    """Move the model `made` (NAME.onnx and the files NAME.* beside it) into `folder` and return its file there.

    NAME.onnx comes last, so that a version is whole once it is seen. Raises StorageError; nothing is overwritten.
    """
    files = sorted(made.parent.glob(f"{made.stem}.*"), key=lambda path: path == made)
    try:
        folder.mkdir(exist_ok=True)
        for path in files:
            goal = folder / path.name
            if goal.exists():
                raise StorageError(f"{goal}: there is such a file already")
            os.rename(path, goal)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return folder / made.name


def _number(name: str, method: str) -> int:
    """3 of detect-3; 0 of what is no version."""
    found = re.fullmatch(rf"{re.escape(method)}-([1-9]\d*)", name)
    return int(found[1]) if found else 0
