"""The start of a server is fast: it imports little, and the garbage collector leaves the imports alone."""

import gc
import subprocess
import sys

import pytest

from fewclicks.cli.startup import uncollected

LATER = {"scipy", "torch", "skimage", "alembic"}  # slow to import; the start needs none of them
START = (
    "import sys, fewclicks.demo, fewclicks.server.run\n"
    "from fewclicks.methods.registry import named, roles\n"
    "models = [named(role.open) for role in roles().values() if not role.baseline]\n"
    "print(*sys.modules)"
)


def test_a_start_imports_only_what_it_needs() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True, timeout=120)
    imported = set(done.stdout.split())
    assert "onnxruntime" in imported
    assert imported.isdisjoint(LATER)


def test_a_start_suspends_the_collector_and_exempts_what_it_made() -> None:
    exempt = gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
        made: list[list[int]] = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= exempt + len(made)


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(OSError, match="full"), uncollected():
        raise OSError("full")
    assert gc.isenabled()
