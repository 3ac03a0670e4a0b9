"""Which images are to train on, to validate on and to test on: by what an image says, or else by its path."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType

from fewclicks.labels import ImageRecord

SPLITS = ("train", "val", "test")
SPLIT = "split"  # among the extra keys of an image whose path does not tell it
FOLDERS: Mapping[str, str] = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def split_of(image: ImageRecord) -> str:
    """The split of an image; `train` where nothing tells."""
    said = image.extra.get(SPLIT)
    if said in SPLITS:
        return str(said)
    folders = PurePosixPath(image.file_name.replace("\\", "/")).parts[:-1]
    return next((FOLDERS[folder] for folder in folders if folder in FOLDERS), SPLITS[0])


def with_split(image: ImageRecord, split: str) -> ImageRecord:
    """The image as one of `split`."""
    if split_of(image) == split:
        return image
    return replace(image, extra=MappingProxyType({**image.extra, SPLIT: split}))
