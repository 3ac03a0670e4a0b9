"""Functions that need the packages for training, which are an optional part of fewclicks."""

from typing import Any

from fewclicks.errors import FewclicksError
from fewclicks.jobs.kinds import INSTALL
from fewclicks.methods.registry import named


def named_for_training(where: str) -> Any:
    """Import "module:name". Raises FewclicksError with the command that installs a missing package."""
    try:
        return named(where)
    except ImportError as error:
        raise FewclicksError(f"a package for training is missing ({error.name}); install it: {INSTALL}") from error
