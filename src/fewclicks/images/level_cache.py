"""The cache of levels of large images: a hidden folder of the project that can be deleted at any time."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from fewclicks.images.large_image import LargeImage
from fewclicks.images.levels import Progress, make_levels, open_source
from fewclicks.images.vips import reading, writing

PART = ".part"


class LevelCache:
    """A cache with a folder for each image, named after its content, and at most `max_bytes` on the disk.

    One process writes it at a time (see the project's lock).
    """

    def __init__(self, folder: Path, max_bytes: int, shared: Path | None = None) -> None:
        """Remove incomplete files of an interrupted run; `folder` is created on first use.

        shared: the cache of another process, which is only read.
        """
        self._folder, self._shared = folder, shared
        self._max = max_bytes
        for unfinished in folder.glob(f"*{PART}"):
            shutil.rmtree(unfinished, ignore_errors=True)

    def find(self, path: Path, content: str) -> LargeImage | None:
        """Return the image at `path` with this content, or None if its levels are missing. Raises InputError."""
        for folder in filter(None, (self._folder, self._shared)):
            with suppress(OSError):
                os.utime(folder / content)  # the least recently used are deleted first
            found = LargeImage.find(path, folder / content)
            if found is not None:
                return found
        return None

    def make(self, path: Path, content: str, progress: Progress) -> None:
        """Compute the missing levels, all or nothing, and delete the least recently used ones above the limit.

        Raises InputError for an image that cannot be read, StorageError when the disk has not enough space.
        """
        with reading(path), writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / ".gitignore").write_text("*\n")
            with tempfile.TemporaryDirectory(suffix=PART, dir=self._folder) as part:
                made = Path(part, "levels")
                made.mkdir()
                make_levels(open_source(path), made, progress)
                self._free_space(_size(made))
                shutil.rmtree(self._folder / content, ignore_errors=True)
                made.rename(self._folder / content)

    def _free_space(self, needed: int) -> None:
        stored = sorted((each for each in self._folder.iterdir() if each.is_dir() and each.suffix != PART), key=_used)
        sizes = {each: _size(each) for each in stored}
        for oldest in stored:
            if sum(sizes.values()) + needed <= self._max:
                return
            shutil.rmtree(oldest, ignore_errors=True)
            del sizes[oldest]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _used(folder: Path) -> float:
    return folder.stat().st_mtime
