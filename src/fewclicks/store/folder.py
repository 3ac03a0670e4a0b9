"""The files of an image folder in natural order, and fingerprints of their content."""

import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.images.files import SUFFIXES

READ_WHOLE = 64 * 1024**2  # bytes: smaller files are hashed as a whole, larger ones in samples of this total size
SAMPLE = 1024**2


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file of the image folder; `name` is its path in the folder, with "/"."""

    name: str
    bytes: int
    mtime_ns: int

    @property
    def has_utf8_name(self) -> bool:
        """Whether the name is UTF-8 and can be stored."""
        return is_utf8(self.name)


def is_utf8(name: object) -> bool:
    """Return whether a path or a name is UTF-8; Python represents other bytes by surrogates."""
    return not re.search("[\ud800-\udfff]", str(name))


def scan_folder(folder: Path) -> list[ImageFile]:
    """Return every image file below `folder` except hidden ones, in natural order (img2 before img10)."""
    if not folder.is_dir():
        raise InputError("not a folder; choose a folder of images", folder)
    found: list[ImageFile] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.is_file():
                status = path.stat()
                found.append(ImageFile(path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return sorted(found, key=lambda file: natural_order(file.name))


def natural_order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sort key that compares numbers in a name by value, and equal keys by the name itself."""
    parts = re.findall(r"\d+|\D+", name.lower())
    return [(0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts], name


def content_hash(path: Path) -> str:
    """Return a fingerprint of the file's length and content, by which a renamed file is recognised.

    Files above `READ_WHOLE` bytes are sampled evenly. Raises InputError when the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = blake2b(str(size).encode(), digest_size=16)
            for place in _places(size):
                file.seek(place)
                digest.update(file.read(SAMPLE))
    except OSError as error:
        raise InputError(f"cannot read the file: {error.strerror}; check its permissions", path) from error
    return digest.hexdigest()


def _places(size: int) -> list[int]:
    """Return the offsets of the samples: all of a small file, evenly spaced ones of a large file."""
    if size <= READ_WHOLE:
        return list(range(0, size, SAMPLE))
    samples = READ_WHOLE // SAMPLE
    return [(size - SAMPLE) * number // (samples - 1) for number in range(samples)]
