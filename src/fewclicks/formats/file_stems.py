"""Names for the files that a format has for every image, wherever the names of the images come from."""

import re
from collections.abc import Iterable
from itertools import chain, count
from pathlib import PurePosixPath

from fewclicks.labels import ImageRecord

NO_FILE_NAME = re.compile(r'[<>:"|?*\x00-\x1f\ud800-\udfff]')  # what one system or another refuses


def file_stems(images: Iterable[ImageRecord]) -> dict[int, str]:
    """By its id, the path of each image without the ending; `image-ID` where that is taken or no name for a file."""
    stems: dict[int, str] = {}
    taken: set[str] = set()  # in small letters, as some systems do not tell them apart
    for image in images:
        by_id = (f"image-{image.id}{more}" for more in chain([""], map("-{}".format, count(2))))
        stem = next(stem for stem in chain(_own_stem(image.file_name), by_id) if stem.lower() not in taken)
        taken.add(stem.lower())
        stems[image.id] = stem
    return stems


def _own_stem(file_name: str) -> list[str]:
    path = PurePosixPath(file_name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.name or NO_FILE_NAME.search(file_name):
        return []
    return [str(path.with_suffix(""))]
