"""Before any test imports fewclicks: where it handles arrays, annotations and shapes are checked at every call."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

gc.disable()  # what is imported from here on stays to the end: see pytest_collection_finish

# mypy sees to the types of the other rooms.
OF_ARRAYS = ("geometry", "images", "answers", "synthetic", "datasets", "methods", "simulation", "training", "labels")
install_import_hook([f"fewclicks.{room}" for room in (*OF_ARRAYS, "ask")], "runtime_types.checked")

# The tests commit and write safely thousands of times. A disk takes milliseconds for each; memory takes none.
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # bytes
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

TAKE_MINUTES = ("training", "jobs", "end_to_end")  # folders


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, so that no worker is left alone with it at the end (see the Makefile)."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in TAKE_MINUTES)


def pytest_collection_finish() -> None:
    """Let the garbage collector skip what the tests have imported, hundreds of thousands of objects."""
    gc.freeze()
    gc.enable()
