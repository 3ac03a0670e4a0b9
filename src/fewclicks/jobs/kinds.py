"""The kinds of long work that there are."""

import json
import shlex
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


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


def install_command() -> str:
    """Return the command that adds what training needs to the Python that runs now.

    It names the clone or the wheel that fewclicks was installed from, as pip has noted it (PEP 610).
    """
    pip = f"{shlex.quote(sys.executable)} -m pip install"
    try:
        noted = distribution("fewclicks").read_text("direct_url.json")
    except PackageNotFoundError:
        noted = None
    origin = json.loads(noted) if noted else {}
    url = urlsplit(origin.get("url", ""))
    path = Path(url2pathname(url.path))
    if url.scheme != "file" or not path.exists():
        return f"{pip} 'fewclicks[train]'"  # pip takes the installed version, and adds what the extra needs
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return f"{pip} {editable}{shlex.quote(f'{path}[train]')}"


INSTALL = install_command()
TRAIN_PACKAGES = ("torch", "torchvision", "onnx", "onnxscript", "safetensors")
TRAIN_DETECT = JobKind("train detect", (sys.executable, "-m", "fewclicks.training.project_detect"), TRAIN_PACKAGES)
KINDS = {kind.name: kind for kind in (TRAIN_DETECT,)}
