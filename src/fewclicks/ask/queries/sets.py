"""The data of the simulation: images to ask about, and others to measure on."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource, read_boxes
from fewclicks.datasets.specs import held_out_by_name
from fewclicks.errors import InputError
from fewclicks.simulation.boxes.class_names import in_classes_of


@dataclass(frozen=True, slots=True)
class Sets:
    """Images to ask about and images to measure on, with the same class ids."""

    train: BoxedSource
    test: BoxedSource

    @property
    def images(self) -> tuple[BoxedImage, ...]:
        """All images: those to ask about come first, so that their numbers begin with 0."""
        return (*self.train.images, *self.test.images)

    @property
    def digest(self) -> str:
        """A fingerprint of the names, sizes and objects of all images."""
        found = hashlib.sha256()
        for image in self.images:
            found.update(f"{image.path.name} {image.size_hw}".encode())
            found.update(image.boxes.tobytes() + image.class_ids.tobytes())
        return found.hexdigest()

    @property
    def objects(self) -> int:
        """How many objects the images to ask about have."""
        return sum(len(image.boxes) for image in self.train.images)


def read_sets(data: str, test: str | None, oriented: bool) -> Sets:
    """Read the data sets of a simulation.

    Without `test`, the split `test` of the data is measured on; without splits, every fourth image by name.
    Raises InputError for data that cannot be read, that share an image, or whose test images have a class that the
    images to ask about lack.
    """
    if test is not None:
        return _checked(read_boxes(data, oriented), read_boxes(test, oriented), data)
    whole = read_boxes(data, oriented)
    try:
        own = read_boxes(f"{data}@trainval", oriented), read_boxes(f"{data}@test", oriented)
    except InputError:
        own = _split(whole)
    return _checked(*own, data)


def _split(source: BoxedSource) -> tuple[BoxedSource, BoxedSource]:
    rest, held = held_out_by_name(source.images)
    return replace(source, images=rest), replace(source, images=held)


def _checked(train: BoxedSource, test: BoxedSource, data: str) -> Sets:
    shared = {image.path.resolve() for image in train.images} & {image.path.resolve() for image in test.images}
    if shared:
        raise InputError(
            f"this image is in both --data and --test ({len(shared)} such images in total); choose other data",
            min(shared),
        )
    for source, what in ((train, "to ask about"), (test, "to measure on")):
        if not any(len(image.boxes) for image in source.images):
            raise InputError(
                f"none of the {len(source.images)} images {what} has an object; choose other data or another --test",
                data,
            )
    test, _ = in_classes_of({name: class_id for class_id, name in train.class_names.items()}, test)
    _check_classes(train, test)
    return Sets(train, test)


def _check_classes(train: BoxedSource, test: BoxedSource) -> None:
    known = {int(each) for image in train.images for each in np.unique(image.class_ids)}
    tested = {int(each) for image in test.images for each in np.unique(image.class_ids)}
    for class_id in sorted(tested - known):
        name = test.class_names[class_id]
        raise InputError(
            f"the class {name!r} occurs only in the images to measure on, so no model can learn it; choose other data"
        )
