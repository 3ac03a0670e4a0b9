"""The shipped version of `segment`."""

import pytest

from fewclicks.methods.registry import shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.opening import open_model


@pytest.fixture(scope="package")
def model() -> SegmentModel:
    files = shipped_files(ROLE)
    assert files is not None
    return open_model(files)
