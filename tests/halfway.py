"""Methods of other packages, found through their entry points by this process and those that it starts.

`halfway`, of the task `points`, is in tests/packages; `blobs`, of the task `boxes`, in examples/fewclicks-blobs;
`spots`, of the task `points`, which is trained, in tests/trained_packages.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fewclicks.methods.registry import methods, roles

TESTS = Path(__file__).parent
PACKAGES = [str(TESTS / "packages"), str(TESTS.parent / "examples" / "fewclicks-blobs" / "src")]

TRAINED_PACKAGES = [str(TESTS / "trained_packages")]


def environment(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """The environment in which Python finds the methods."""
    inherited = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*packages, *inherited])}


def install(packages: Sequence[str] = PACKAGES) -> None:
    """Install the methods for the rest of this process."""
    os.environ.update(environment(packages))
    sys.path.extend(packages)
    _forget_methods()


@contextmanager
def halfway_installed(packages: Sequence[str] = PACKAGES) -> Iterator[None]:
    """Install the methods while the block runs."""
    before, path = dict(os.environ), [*sys.path]
    install(packages)
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
