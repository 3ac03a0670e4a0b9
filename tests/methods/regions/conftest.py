import pytest

from fewclicks.methods.regions import METHOD
from fewclicks.methods.regions.inference.model import RegionsModel
from fewclicks.methods.regions.inference.opening import open_regions
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.spec import Resources


@pytest.fixture(scope="session")
def model() -> RegionsModel:
    """The shipped version."""
    files = shipped_files(METHOD.roles[0])
    assert files is not None
    return open_regions(files, Resources())
