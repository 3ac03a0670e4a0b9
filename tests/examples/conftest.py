import pytest

from example_packages import installed


@pytest.fixture(scope="session")
def methods(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the example methods are installed, with a user folder of its own."""
    return installed("fewclicks-blobs", tmp_path_factory.mktemp("methods"), "fewclicks-sam")
