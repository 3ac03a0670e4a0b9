"""The kinds of long work that there are."""

import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class JobKind:
    """A program that does the work, called with the folder of the job, and the packages that it needs.

    It says on its standard output how far it is, in the lines of reports.py. A new method's training is another of
    these.
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


INSTALL = f"{shlex.quote(sys.executable)} -m pip install 'fewclicks[train]'"  # into the environment that runs now
TRAIN_PACKAGES = ("torch", "torchvision", "onnx", "onnxscript", "safetensors")
TRAIN_DETECT = JobKind("train detect", (sys.executable, "-m", "fewclicks.jobs.project_detect"), TRAIN_PACKAGES)
KINDS = {kind.name: kind for kind in (TRAIN_DETECT,)}
