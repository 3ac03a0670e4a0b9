"""Large images of a project, whose missing levels are computed once, in the background."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fewclicks.errors import InputError, ModelError, StorageError
from fewclicks.images.files import THUMBNAIL, encode_thumbnail
from fewclicks.images.large_image import LargeImage, read_thumbnail
from fewclicks.images.level_cache import LevelCache
from fewclicks.store.folder import content_hash
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow

FOLDER = Path(".cache") / "levels"  # hidden in the project folder; may be deleted
MOST_OPEN = 3  # images; each may hold some rows of its tiles, 60 MB at 20,000 pixels
MADE_AT_ONCE = 2

Stamp = tuple[int, int]  # bytes and time of the last change of a file


@dataclass
class Making:
    """The computation of levels: `part` of the work done, 0..1, and its end."""

    part: float = 0.0
    done: bool = False
    error: Exception | None = None


class LargeImages:
    """The large images of a project, by row; thread-safe, and no call waits for levels."""

    def __init__(self, project: Project, max_bytes: int) -> None:
        """`max_bytes`: the maximum size of the levels of all images on the disk."""
        self._project = project
        self._scratch = tempfile.TemporaryDirectory() if project.read_only else None
        folder = Path(self._scratch.name) if self._scratch else project.folder
        self._cache = LevelCache(folder / FOLDER, max_bytes, project.folder / FOLDER)
        self._open: dict[int, tuple[Stamp, LargeImage]] = {}
        self._making: dict[int, Making] = {}
        self._lock = Lock()
        self._one_thumbnail = Lock()
        self._workers = ThreadPoolExecutor(MADE_AT_ONCE, thread_name_prefix="levels")
        self._stopped = False

    def open(self, row: ImageRow) -> LargeImage:
        """Return the image.

        Raises ModelError while its levels are being computed, which the first call starts, InputError for a file that
        is damaged or has another size than stored, StorageError when the disk has no space for its levels.
        """
        found = self._find(row)
        if isinstance(found, Making):
            raise ModelError(f"{row.file_name} is still being prepared ({found.part:.0%} done); try again in a moment")
        return found

    def progress(self, row: ImageRow) -> float:
        """Return the part of the levels that is computed, 1 when the image can be read. Raises the errors of `open`."""
        found = self._find(row)
        return min(found.part, 0.999) if isinstance(found, Making) else 1.0

    def read_thumbnail(self, row: ImageRow) -> bytes:
        """Return a JPEG of at most 160 pixels a side, without computing levels. Raises InputError."""
        with self._lock:
            opened = self._open.get(row.id)
        if opened is not None:
            height, width = opened[1].size_hw
            shrink = max(1, max(height, width) // (2 * THUMBNAIL))
            return encode_thumbnail(Image.fromarray(opened[1].read(0, 0, width, height, shrink)))
        with self._one_thumbnail:  # each may go through a whole file
            return read_thumbnail(self._project.image_path(row))

    def forget(self, row: ImageRow) -> None:
        """Close the file after an error, so that the next call opens it again."""
        with self._lock:
            self._open.pop(row.id, None)

    def close(self) -> None:
        """Cancel running computations and remove their files."""
        self._stopped = True
        self._workers.shutdown(cancel_futures=True)
        if self._scratch is not None:
            self._scratch.cleanup()

    def _find(self, row: ImageRow) -> LargeImage | Making:
        """Return the image or its running computation. Raises the error of a failed one; the next call restarts it."""
        path, stamp = self._project.image_path(row), self._stamp(row)
        with self._lock:
            making = self._making.get(row.id)
            if making is not None and not making.done:
                return making
            if making is not None:
                del self._making[row.id]
                if making.error is not None:
                    raise making.error
            opened = self._open.pop(row.id, None)
            if opened is None or opened[0] != stamp or not opened[1].is_whole:
                content = self._content(row, stamp)
                found = self._cache.find(path, content)
                if found is None:
                    making = self._making[row.id] = Making()
                    self._workers.submit(self._make, path, content, making)
                    return making
                _check_size(found, row)
                opened = (stamp, found)
            self._open[row.id] = opened  # the latest last
            while len(self._open) > MOST_OPEN:
                self._open.pop(next(iter(self._open)))
            return opened[1]

    def _make(self, path: Path, content: str, making: Making) -> None:
        def progress(part: float) -> None:
            making.part = part
            if self._stopped:
                raise StorageError("the server was stopped; open the image again")

        try:
            self._cache.make(path, content, progress)
        except Exception as error:
            making.error = error
        finally:
            making.done = True

    def _stamp(self, row: ImageRow) -> Stamp:
        path = self._project.image_path(row)
        try:
            status = path.stat()
        except OSError as error:
            raise InputError(f"cannot read the file: {error.strerror}; check its permissions", path) from error
        return status.st_size, status.st_mtime_ns

    def _content(self, row: ImageRow, stamp: Stamp) -> str:
        """Return the fingerprint of the present file; the stored one, unless the file has changed."""
        unchanged = stamp == (row.bytes, row.mtime_ns)
        return row.content_hash if unchanged and row.content_hash else content_hash(self._project.image_path(row))


@dataclass(frozen=True)
class LargeImageReader:
    """A large image for models: its present file, which must have the stored size."""

    images: LargeImages
    row: ImageRow

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.row.size_hw

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        """Read pixels as `LargeImage.read` does."""
        try:
            return self.images.open(self.row).read(x0, y0, x1, y1, shrink)
        except InputError:
            self.images.forget(self.row)
            raise


def _check_size(image: LargeImage, row: ImageRow) -> None:
    if image.size_hw != row.size_hw:
        height, width = image.size_hw
        change = f"from {row.width}x{row.height} to {width}x{height}"
        raise InputError(f"the size changed {change}; restore the old file", row.file_name)
