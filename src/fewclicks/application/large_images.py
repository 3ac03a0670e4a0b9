"""Large images of a project: opened for reading, their missing levels made once, in the background."""

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

FOLDER = Path(".cache") / "levels"  # in the project, hidden: it is no part of it
KEPT_OPEN = 3  # images; each may keep some rows of its tiles, 60 MB at 20,000 pixels
MADE_AT_ONCE = 2

Stamp = tuple[int, int]  # bytes and time of the last change of a file


@dataclass
class Making:
    """Levels on their way: how much of the work is done, 0..1, and what came of it."""

    part: float = 0.0
    done: bool = False
    error: Exception | None = None


class LargeImages:
    """What is large in a project, by its row. Safe to use from threads; none of them ever waits for levels."""

    def __init__(self, project: Project, max_bytes: int) -> None:
        """`max_bytes`: what the levels of all images may take on the disk."""
        self._project = project
        self._cache = LevelCache(project.folder / FOLDER, max_bytes)
        self._open: dict[int, tuple[Stamp, LargeImage]] = {}
        self._making: dict[int, Making] = {}
        self._lock = Lock()
        self._one_thumbnail = Lock()
        self._workers = ThreadPoolExecutor(MADE_AT_ONCE, thread_name_prefix="levels")
        self._stopped = False

    def open(self, row: ImageRow) -> LargeImage:
        """The image, if its levels are there.

        Raises ModelError when they are still being made, which begins with the first question, InputError for a
        file that is damaged or of another size than it was, StorageError when there is no room for its levels.
        """
        found = self._find(row)
        if isinstance(found, Making):
            raise ModelError(f"{row.file_name} is still being prepared ({found.part:.0%})")
        return found

    def progress(self, row: ImageRow) -> float:
        """1 when the image can be read, else how much of its levels is made. Raises as `open` does but for that."""
        found = self._find(row)
        return min(found.part, 0.999) if isinstance(found, Making) else 1.0

    def read_thumbnail(self, row: ImageRow) -> bytes:
        """A JPEG of at most 160 pixels a side; no levels are made for it. Raises InputError."""
        with self._lock:
            kept = self._open.get(row.id)
        if kept is not None:
            height, width = kept[1].size_hw
            shrink = max(1, max(height, width) // (2 * THUMBNAIL))
            return encode_thumbnail(Image.fromarray(kept[1].read(0, 0, width, height, shrink)))
        with self._one_thumbnail:  # each may go through a whole file
            return read_thumbnail(self._project.image_path(row))

    def forget(self, row: ImageRow) -> None:
        """Open the file anew next time: it could not be read."""
        with self._lock:
            self._open.pop(row.id, None)

    def close(self) -> None:
        """Give up what is being made; nothing half made stays."""
        self._stopped = True
        self._workers.shutdown(cancel_futures=True)

    def _find(self, row: ImageRow) -> LargeImage | Making:
        """The image, or what is being made for it. Raises what went wrong with that; the next question begins anew."""
        path, stamp = self._project.image_path(row), self._stamp(row)
        with self._lock:
            making = self._making.get(row.id)
            if making is not None and not making.done:
                return making
            if making is not None:
                del self._making[row.id]
                if making.error is not None:
                    raise making.error
            kept = self._open.pop(row.id, None)
            if kept is None or kept[0] != stamp or not kept[1].is_whole:
                content = self._content(row, stamp)
                found = self._cache.find(path, content)
                if found is None:
                    making = self._making[row.id] = Making()
                    self._workers.submit(self._make, path, content, making)
                    return making
                _check_size(found, row)
                kept = (stamp, found)
            self._open[row.id] = kept  # the latest last
            while len(self._open) > KEPT_OPEN:
                self._open.pop(next(iter(self._open)))
            return kept[1]

    def _make(self, path: Path, content: str, making: Making) -> None:
        def progress(part: float) -> None:
            making.part = part
            if self._stopped:
                raise StorageError("the server was stopped")

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
            raise InputError(f"the file cannot be read: {error.strerror}", path) from error
        return status.st_size, status.st_mtime_ns

    def _content(self, row: ImageRow, stamp: Stamp) -> str:
        """The fingerprint of the file as it is now; the project's own one, unless the file changed meanwhile."""
        unchanged = stamp == (row.bytes, row.mtime_ns)
        return row.content_hash if unchanged and row.content_hash else content_hash(self._project.image_path(row))


@dataclass(frozen=True)
class LargeImageReader:
    """A large image as methods read it: the file that is there now, as large as it was."""

    images: LargeImages
    row: ImageRow

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.row.size_hw

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        """As `LargeImage.read`."""
        try:
            return self.images.open(self.row).read(x0, y0, x1, y1, shrink)
        except InputError:
            self.images.forget(self.row)
            raise


def _check_size(image: LargeImage, row: ImageRow) -> None:
    if image.size_hw != row.size_hw:
        height, width = image.size_hw
        raise InputError(f"it was {row.width}x{row.height} and is now {width}x{height}", row.file_name)
