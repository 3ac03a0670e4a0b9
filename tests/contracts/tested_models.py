"""The models that the contract is tested on: shipped versions, and versions in the folders of CONTRACT_MODELS."""

import os
from pathlib import Path

from fewclicks.errors import NotFoundError
from fewclicks.methods.lookup import find_model
from fewclicks.methods.registry import roles
from fewclicks.methods.spec import Files, Role

FOLDERS = [Path(folder) for folder in os.environ.get("CONTRACT_MODELS", "").split(os.pathsep) if folder]


def files_to_test(role: Role) -> Files | None:
    """The files of the shipped version, or of the newest one in `FOLDERS`; None when there is none."""
    try:
        return find_model(role.name, folders=FOLDERS)[1]
    except NotFoundError:
        return None


TESTED = {role.name: (role, files) for role in roles().values() if (files := files_to_test(role)) is not None}
