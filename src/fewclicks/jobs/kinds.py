"""The kinds of jobs."""

import json
import shlex
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fewclicks.errors import ConflictError, InputError
from fewclicks.methods.registry import roles

TRAIN = "train "  # followed by the name of the model


@dataclass(frozen=True, slots=True)
class JobKind:
    """A program, called with the folder of the job, and the packages that it needs.

    The program reports its progress on standard output, in the lines of reports.py.
    """

    name: str
    command: tuple[str, ...]
    packages: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether the packages are installed, without importing them."""
        try:
            return all(find_spec(package) is not None for package in self.packages)
        except ImportError:
            return False

    def check_installed(self) -> None:
        """Raise ConflictError, with the command that installs them, when packages are missing."""
        if not self.is_installed:
            raise ConflictError(f"packages for training are missing; install them with: {INSTALL}")


def training_of(role: str) -> JobKind:
    """Return the kind of job that trains a model on a project. Raises InputError for other models."""
    if role not in roles() or roles()[role].train_project is None:
        raise InputError(f"the model {role!r} cannot be trained on a project; choose another model")
    return JobKind(f"{TRAIN}{role}", (sys.executable, "-m", "fewclicks.jobs.train_project", role), TRAIN_PACKAGES)


def kind_of(name: str) -> JobKind:
    """Return the kind of a stored job. Raises ConflictError for a kind that this version lacks."""
    if not name.startswith(TRAIN):
        raise ConflictError(f"unknown kind of job: {name!r}; update fewclicks")
    return training_of(name.removeprefix(TRAIN))


def install_command() -> str:
    """Return the command that adds what training needs to the Python that runs now.

    It names the clone or the wheel that fewclicks was installed from, as recorded by pip (PEP 610).
    """
    pip = f"{shlex.quote(sys.executable)} -m pip install"
    try:
        record = distribution("fewclicks").read_text("direct_url.json")
    except PackageNotFoundError:
        record = None
    origin = json.loads(record) if record else {}
    url = urlsplit(origin.get("url", ""))
    path = Path(url2pathname(url.path))
    if url.scheme != "file" or not path.exists():
        return f"{pip} 'fewclicks[train]'"  # pip keeps the installed version and adds the packages of the extra
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return f"{pip} {editable}{shlex.quote(f'{path}[train]')}"


INSTALL = install_command()
TRAIN_PACKAGES = ("torch", "torchvision", "onnx", "onnxscript", "safetensors")
