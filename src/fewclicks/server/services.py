"""What the routes share: the project, the assists, and what is kept in memory between requests."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Path, Request

from fewclicks.cache import BoundedCache
from fewclicks.errors import InputError, NotFoundError, StorageError
from fewclicks.images.files import is_large, read_image, read_thumbnail
from fewclicks.images.source import ImageSource
from fewclicks.jobs.detect_training import METHOD as DETECT_METHOD
from fewclicks.jobs.runner import JobRunner
from fewclicks.methods.detect.inference.detections import Detections, Detector
from fewclicks.methods.detect.inference.tiled import TiledDetector
from fewclicks.methods.protocol import Encoding, Method
from fewclicks.server.encodings import Encodings
from fewclicks.server.examples import Examples
from fewclicks.server.large_images import LargeImageReader, LargeImages
from fewclicks.server.models import Models
from fewclicks.server.partitions import Partitions
from fewclicks.server.rounds import Predictions
from fewclicks.server.settings import Settings
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow

PREDICTIONS_BYTES = 32 * 1024 * 1024
PARTITIONS_BYTES = 64 * 1024 * 1024
EXAMPLES_BYTES = 16 * 1024 * 1024
MOST_DETECTIONS = 4  # images whose last answer is kept, for the next click
THUMBNAILS_BYTES = 32 * 1024 * 1024


class Services:
    """One served project."""

    def __init__(self, project: Project, assists: Mapping[str, Method], settings: Settings) -> None:
        self.project = project
        self.models = Models(project, assists)
        self.jobs = JobRunner(project, self._trained)
        self.is_stopping: Callable[[], bool] = lambda: False
        self.settings = settings
        self.encodings = Encodings(self._load, self.note_problem, settings.cache_mb * 1024 * 1024)
        self.large_images = LargeImages(project, settings.levels_mb * 1024 * 1024)
        self.predictions: Predictions = BoundedCache(PREDICTIONS_BYTES)
        self.partitions: Partitions = BoundedCache(PARTITIONS_BYTES)
        self.examples: Examples = BoundedCache(EXAMPLES_BYTES)
        self.detections: BoundedCache[tuple[int, str], Detections] = BoundedCache(MOST_DETECTIONS)
        self.tiles: BoundedCache[Hashable, Encoding] = BoundedCache(settings.cache_mb * 1024 * 1024)
        self.thumbnails: BoundedCache[str, bytes] = BoundedCache(THUMBNAILS_BYTES)

    @property
    def assists(self) -> Mapping[str, Method]:
        """The models that answer now, by method; detectors for images of any size."""
        methods = self.models.assists
        return {name: TiledDetector(m, self.tiles) if isinstance(m, Detector) else m for name, m in methods.items()}

    def assist(self, name: str) -> Method:
        """Raises NotFoundError."""
        assists = self.assists
        if name not in assists:
            raise NotFoundError(f"there is no method {name!r} here")
        return assists[name]

    def image(self, image_id: int) -> ImageRow:
        """Raises NotFoundError."""
        with self.project.reading() as log:
            return log.image(image_id)

    def look_again(self, image_id: int) -> None:
        """Whoever opens an image with a problem may have mended it, or plugged its disk in again."""
        if self.image(image_id).problem is not None:
            with suppress(StorageError):  # no folder at all: the problem stands
                self.project.sync()

    def encode(self, image: ImageRow, assist: Method, aside: bool = False) -> Encoding:
        """The image's encoding; `aside`: the one used last is not dropped for it.

        Raises InputError when the file cannot be read or is of another size than stored.
        """
        encoding = self.encodings.get(image.id, assist, aside)
        if encoding.size_hw != image.size_hw:
            height, width = encoding.size_hw
            raise InputError(f"it was {image.width}x{image.height} and is now {width}x{height}", image.file_name)
        if image.problem is not None:
            self._set_problem(image.id, None)
        return encoding

    def prepare(self, image: ImageRow, later: Sequence[Callable[[], object]] = ()) -> None:
        """Encode this image and the next one in the background, and do what can wait until `later`."""
        if not self.settings.encode_ahead:
            return
        with self.project.reading() as log:
            following = log.next_image(image.position)
        self.encodings.prepare(image.id, following.id if following else None, self.assists.values(), later)

    def read_thumbnail(self, image: ImageRow) -> bytes:
        """A JPEG of at most 160 pixels a side. Raises InputError."""
        path = self.project.image_path(image)
        return self.large_images.read_thumbnail(image) if is_large(image.size_hw) else read_thumbnail(path)

    def note_problem(self, image_id: int, error: InputError) -> None:
        """Show in the list of images why this one cannot be opened."""
        self._set_problem(image_id, error.problem)

    def close(self) -> None:
        self.jobs.close()
        self.encodings.stop()
        self.large_images.close()
        self.project.close()

    def _trained(self, job: JobRow) -> None:
        """A new model answers as soon as it is there."""
        self.models.choose(DETECT_METHOD, job.result["version"])

    def _set_problem(self, image_id: int, problem: str | None) -> None:
        with self.project.changing() as log:
            log.set_problem(image_id, problem)

    def _load(self, image_id: int) -> ImageSource:
        row = self.image(image_id)
        if not is_large(row.size_hw):
            return read_image(self.project.image_path(row))
        self.large_images.open(row)
        return LargeImageReader(self.large_images, row)


async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Served = Annotated[Services, Depends(get_services)]
ImageId = Annotated[int, Path(ge=1, lt=2**53)]
