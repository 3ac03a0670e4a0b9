"""Methods of other packages, found through their entry points by this process and those that it starts.

`halfway`, of the task `points`, is in tests/packages; `blobs`, of the task `boxes`, in examples/fewclicks-blobs.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fewclicks.methods.registry import methods, roles

TESTS = Path(__file__).parent
PACKAGES = [str(TESTS / "packages"), str(TESTS.parent / "examples" / "fewclicks-blobs" / "src")]


def environment() -> dict[str, str]:
    """The environment in which Python finds the methods."""
    inherited = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*PACKAGES, *inherited])}


def install() -> None:
    """Install the methods for the rest of this process."""
    os.environ.update(environment())
    sys.path.extend(PACKAGES)
    _forget_methods()


@contextmanager
def halfway_installed() -> Iterator[None]:
    """Install the methods while the block runs."""
    before, path = dict(os.environ), [*sys.path]
    install()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.path[:] = path
        _forget_methods()


def _forget_methods() -> None:
    methods.cache_clear()
    roles.cache_clear()
