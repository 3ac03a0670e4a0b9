"""The data of a simulation of points: images to annotate and train on, and others to measure on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64

from fewclicks.datasets.pointed_images import PointedSource, read_points
from fewclicks.datasets.specs import held_out_by_name
from fewclicks.errors import InputError


@dataclass(frozen=True, slots=True)
class Sets:
    """Training and test images with the same class ids, and whether the test images were held out from the data."""

    train: PointedSource
    test: PointedSource
    is_held_out: bool


def read_sets(data: str, test: str | None) -> Sets:
    """Read the data sets of a simulation (`read_points`).

    Without `test`, every fourth image of `data` by name is a test image; of fewer than four images, the last one is.
    Raises InputError for data that cannot be read, that share an image, or that leave no object to train or measure.
    """
    source = read_points(data)
    if test is None:
        return _checked(_split(source), data)
    other = read_points(test)
    shared = {image.path.resolve() for image in source.images} & {image.path.resolve() for image in other.images}
    if shared:
        raise InputError(
            f"this image is in both --data and --test ({len(shared)} such images in total); choose other data",
            min(shared),
        )
    return _checked(Sets(*in_same_classes(source, other), False), data)


def in_same_classes(train: PointedSource, test: PointedSource) -> tuple[PointedSource, PointedSource]:
    """Return both with the class ids of `train`, by name; classes that it lacks get other ids."""
    known = {name: class_id for class_id, name in train.class_names.items()}
    free = max(known.values(), default=0) + 1
    new_ids = {old: known.get(name, free + number) for number, (old, name) in enumerate(test.class_names.items())}
    names = dict(train.class_names) | {new_ids[old]: name for old, name in test.class_names.items()}
    images = tuple(
        replace(
            image,
            class_ids=_renamed(image.class_ids, new_ids),
            ignored_class_ids=_renamed(image.ignored_class_ids, new_ids),
        )
        for image in test.images
    )
    return replace(train, class_names=names), replace(test, images=images, class_names=names)


def _renamed(class_ids: Int64[np.ndarray, "N"], new_ids: Mapping[int, int]) -> Int64[np.ndarray, "N"]:
    return np.array([new_ids[each] for each in class_ids.tolist()], np.int64)


def _split(source: PointedSource) -> Sets:
    rest, held = held_out_by_name(source.images)
    return Sets(replace(source, images=rest), replace(source, images=held), True)


def _checked(sets: Sets, data: str) -> Sets:
    for source, what in ((sets.train, "to train on"), (sets.test, "to measure on")):
        if not any(len(image.points_xy) for image in source.images):
            count = len(source.images)
            raise InputError(f"no objects in the {count} images {what}; choose other data, or --test", data)
    return sets


def remarks(sets: Sets) -> tuple[str, ...]:
    """Return what a person should know about the data, one sentence each."""
    train, test = sets.train, sets.test
    counts = [np.concatenate([image.class_ids for image in each.images]).tolist() for each in (train, test)]
    lone = [name for class_id, name in train.class_names.items() if counts[0].count(class_id) == 1]
    never = [name for class_id, name in train.class_names.items() if class_id in set(counts[1]) - set(counts[0])]
    empty = sum(not len(image.points_xy) for image in train.images)
    found = []
    if sets.is_held_out:
        found.append(
            f"held-out images, every fourth by name: {len(test.images)} of {len(test.images) + len(train.images)}; "
            "--test names other data"
        )
    if train.repeated:
        found.append(f"points left out, because an earlier one of their class is in the same pixel: {train.repeated}")
    if empty:
        found.append(f"training images without points, which count as background: {empty}")
    if lone:
        found.append(f"classes with a single training point: {', '.join(lone)}; expect errors")
    if never:
        found.append(f"classes without a training point, which are never found: {', '.join(never)}")
    return tuple(found)
