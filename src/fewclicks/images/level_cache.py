"""Where levels of large images are kept: a hidden folder of the project that can be deleted at any time."""

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
    """A folder for each image, named after its content; together they take at most `max_bytes` on the disk.

    One process uses it at a time (the project's lock sees to that).
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """`folder` is made once something is kept; what an interrupted run left half made is cleared away."""
        self._folder = folder
        self._max = max_bytes
        for left in folder.glob(f"*{PART}"):
            shutil.rmtree(left, ignore_errors=True)

    def find(self, path: Path, content: str) -> LargeImage | None:
        """The image at `path` with this content, or None when its levels have to be made. Raises InputError."""
        folder = self._folder / content
        with suppress(OSError):
            os.utime(folder)  # the least lately used go first
        return LargeImage.find(path, folder)

    def make(self, path: Path, content: str, progress: Progress) -> None:
        """Make what `find` misses, all or nothing; the least lately used of others go where there is no room.

        Raises InputError for an image that cannot be read, StorageError when there is not enough room on the disk.
        """
        with reading(path), writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / ".gitignore").write_text("*\n")
            with tempfile.TemporaryDirectory(suffix=PART, dir=self._folder) as part:
                made = Path(part, "levels")
                made.mkdir()
                make_levels(open_source(path), made, progress)
                self._make_room(_size(made))
                shutil.rmtree(self._folder / content, ignore_errors=True)
                made.rename(self._folder / content)

    def _make_room(self, wanted: int) -> None:
        kept = sorted((each for each in self._folder.iterdir() if each.is_dir() and each.suffix != PART), key=_used)
        sizes = {each: _size(each) for each in kept}
        for oldest in kept:
            if sum(sizes.values()) + wanted <= self._max:
                return
            shutil.rmtree(oldest, ignore_errors=True)
            del sizes[oldest]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _used(folder: Path) -> float:
    return folder.stat().st_mtime
