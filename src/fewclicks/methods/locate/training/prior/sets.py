"""The data sets that the shipped refiner is trained on, and those that it must never see."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fewclicks.datasets.pointed_images import PointedSource, read_points
from fewclicks.errors import InputError

HELD_OUT = ("nuclei", "bccd", "red_cells")  # the refiner is measured on them
FOLDERS = ("boxes", "masks")  # of sets, each with a train.json
SETS = ("pcb/train.json", "aquarium/data.yaml@train")
MOST_IMAGES = 150  # of a set that count for its weight
FOR_TESTS = {"cats": 60}  # the last images by name of a set, which are for tests


def training_sets(data: Path) -> list[PointedSource]:
    """Return the sets in the folder `data`, none of them held out.

    Raises InputError for a missing folder and for a held-out set.
    """
    return [read_training_set(spec) for spec in training_specs(data)]


def training_specs(data: Path) -> list[str]:
    """Return where the sets in the folder `data` are."""
    found = [path for folder in FOLDERS for path in sorted((data / folder).glob("*/train.json"))]
    return [*map(str, found), *(str(data / name) for name in SETS)]


def read_training_set(spec: str) -> PointedSource:
    """Read a set (`read_points`); training draws more often from one with more images and more objects an image.

    Raises InputError for a held-out set.
    """
    parts = {part.lower() for part in Path(spec.split("@")[0]).resolve().parts}
    for name in HELD_OUT:
        if name in parts:
            raise InputError(f"{name} is held out for measurements; train on other sets", spec)
    source = read_points(spec)
    held = next((count for name, count in FOR_TESTS.items() if name in parts), 0)
    images = sorted(source.images, key=lambda image: image.path.name)
    images = [image for image in images[: len(images) - held] if len(image.points_xy)]
    objects = sum(len(image.points_xy) for image in images) / len(images)
    weight = float(min(len(images), MOST_IMAGES) ** 0.5 * np.log1p(objects))
    return replace(source, images=tuple(images), weight=weight)
