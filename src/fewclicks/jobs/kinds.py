"""The kinds of long work that there are."""

import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from fewclicks.errors import ConflictError, InputError
from fewclicks.methods.registry import roles

INSTALL = f"{shlex.quote(sys.executable)} -m pip install 'fewclicks[train]'"  # into the environment that runs now
TRAIN_PACKAGES = ("torch", "torchvision", "onnx", "onnxscript", "safetensors")
TRAIN = "train "  # followed by the name of the model


@dataclass(frozen=True, slots=True)
class JobKind:
    """A program that does the work, called with the folder of the job, and the packages that it needs.

    It reports its progress on standard output, in the lines of reports.py.
    """

    name: str
    command: tuple[str, ...]
    packages: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether its packages are there; they are not loaded."""
        try:
            return all(find_spec(package) is not None for package in self.packages)
        except ImportError:
            return False


def training_of(role: str) -> JobKind:
    """The training of a model on a project's finished images. Raises InputError for a model without one."""
    if role not in roles() or roles()[role].train_project is None:
        raise InputError(f"the model {role!r} cannot be trained on a project")
    return JobKind(f"{TRAIN}{role}", (sys.executable, "-m", "fewclicks.jobs.train_project", role), TRAIN_PACKAGES)


def kind_of(name: str) -> JobKind:
    """The kind of a stored job. Raises ConflictError for one that this version does not know."""
    if not name.startswith(TRAIN):
        raise ConflictError(f"this version of fewclicks does not know jobs of the kind {name!r}")
    return training_of(name.removeprefix(TRAIN))
