"""The lists of images that Pascal VOC has in `ImageSets/Main`, a file for each set."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fewclicks.formats.label_folder import LabelFolder
from fewclicks.formats.splits import split_of, with_split
from fewclicks.labels import ImageRecord

FOLDER = "ImageSets/Main/"
IMAGE_SETS = "image_sets"  # among the extra keys of an image whose sets are not just those of its split
SET_NAME = re.compile(r"[A-Za-z0-9][\w\-]{0,60}", re.ASCII)
OF_SPLIT: Mapping[str, list[str]] = {"train": ["train", "trainval"], "val": ["trainval", "val"], "test": ["test"]}


def read_sets(folder: LabelFolder, keys: set[str]) -> dict[str, list[str]] | None:
    """For every image the sets that it is in, sorted; None where there are none at all.

    Files with a flag beside each image are passed over: they say in which images a class is, which the labels say.
    Raises InputError for a line that names none of `keys`.
    """
    names = sorted(name for name in folder.texts if name.startswith(FOLDER) and name.endswith(".txt"))
    found: dict[str, list[str]] = {}
    for name in names:
        file = folder.file(name)
        rows = [(number, line.strip()) for number, line in enumerate(file.text.split("\n"), 1) if line.strip()]
        if rows and all(len(key.split()) > 1 and key not in keys for _, key in rows):
            continue
        for number, key in rows:
            if key not in keys:
                file.fail(f"no image or annotation with the name {key[:60]!r}; add it or remove the line", number)
            found.setdefault(key, []).append(name.removeprefix(FOLDER).removesuffix(".txt"))
    return found if names else None


def with_sets(image: ImageRecord, key: str, sets: Mapping[str, list[str]] | None) -> ImageRecord:
    """The image as one of the sets that it is in."""
    if sets is None:
        return image
    own = sets.get(key, [])
    for split, names in OF_SPLIT.items():
        if own == names:
            return with_split(image, split)
    return replace(image, extra=MappingProxyType({**image.extra, IMAGE_SETS: own}))


def held_sets(image: ImageRecord) -> list[str] | None:
    """What an image says of its sets, where that is more than a split."""
    said: Any = image.extra.get(IMAGE_SETS)
    if not isinstance(said, list) or not all(isinstance(name, str) and SET_NAME.fullmatch(name) for name in said):
        return None
    return said if said == sorted(set(said)) and said not in OF_SPLIT.values() else None


def set_texts(images: Iterable[ImageRecord], keys: Mapping[int, str]) -> dict[str, str]:
    """The files of all sets by name; `keys` are the images as the lists name them."""
    lines: dict[str, list[str]] = {}
    for image in images:
        said = held_sets(image)
        for name in OF_SPLIT[split_of(image)] if said is None else said:
            lines.setdefault(f"{FOLDER}{name}.txt", []).append(f"{keys[image.id]}\n")
    return {name: "".join(found) for name, found in sorted(lines.items())}
