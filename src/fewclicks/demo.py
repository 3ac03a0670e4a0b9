"""The sample project: copies of photos of scikit-image, and a few classes with policies."""

import os
import shutil
from dataclasses import replace
from importlib import resources
from pathlib import Path

from PIL import Image

from fewclicks.errors import InputError
from fewclicks.files import user_data_folder
from fewclicks.scratch import scratch_folder
from fewclicks.store.database import storage_errors
from fewclicks.store.project import DATABASE, Project, create_project

# In the order of a first visit: one clear object, then several, then a person, then the harder cases.
PHOTOS = {
    "1-rocket": "rocket.jpg",
    "2-coffee": "coffee.png",
    "3-coins": "coins.png",
    "4-astronaut": "astronaut.png",
    "5-cat": "chelsea.png",
    "6-motorcycle": "motorcycle_left.png",
    "7-tissue": "ihc.png",
    "8-galaxies": "hubble_deep_field.jpg",
}
POLICIES = {
    "thing": "Any single thing you could pick up or drive away: the rocket, the cup, the spoon, the wheel.",
    "animal": "The whole animal with ears and tail; whiskers need not be exact.",
    "coin": "One object for each coin, with its worn rim and without its shadow.",
    "person": "One object for each person, with clothes and hair; what they carry is a thing.",
    "cell": "One object for each stained cell; leave out cells that you cannot tell apart.",
    "galaxy": "One object for each galaxy, with its halo; leave out stars, which have rays.",
}


def default_folder() -> Path:
    """Return the folder of the sample project."""
    return user_data_folder() / "demo"


def make_demo(folder: Path) -> bool:
    """Create the sample project in `folder`, all or nothing, unless a project exists; return whether it was created.

    Raises InputError when the folder contains other files, StorageError when it cannot be written.
    """
    folder = folder.resolve()
    with storage_errors(folder):
        if (folder / DATABASE).exists():
            return False
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("the folder contains other files; choose a new or empty one", folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder) as part:
            (part / "new").mkdir()
            _build(part / "new")
            os.replace(part / "new", folder)
    return True


def _build(folder: Path) -> None:
    images = folder / "images"
    images.mkdir()
    for name, source in PHOTOS.items():
        _copy(source, images / f"{name}.png")
    create_project(folder, images, list(POLICIES), name="demo")
    with Project(folder) as project, project.changing() as log:
        log.put_classes([replace(row, policy=POLICIES[row.name]) for row in log.classes()])


def _copy(source: str, target: Path) -> None:
    with resources.as_file(resources.files("skimage.data") / source) as path:
        if path.suffix == target.suffix:
            shutil.copyfile(path, target)
        else:
            with Image.open(path) as image:
                image.save(target, compress_level=1)  # a person is waiting
