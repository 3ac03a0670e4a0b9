"""Before any test imports fewclicks: its annotations, shapes included, are checked at every call."""

from pathlib import Path

import pytest
from jaxtyping import install_import_hook

install_import_hook("fewclicks", "runtime_types.checked")

TAKE_MINUTES = ("training", "jobs", "end_to_end")  # folders


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, so that no worker is left alone with it at the end (see the Makefile)."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in TAKE_MINUTES)
