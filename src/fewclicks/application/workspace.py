"""An open project with its models, jobs and caches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fewclicks.application.answering import Answering
from fewclicks.application.answers.ask import Caches
from fewclicks.application.asked import ASK, ROUND, store_answers
from fewclicks.application.encodings import Encodings
from fewclicks.application.examples import Examples
from fewclicks.application.folder_search import FolderSearch
from fewclicks.application.large_images import LargeImageReader, LargeImages
from fewclicks.application.models import Installed, Models
from fewclicks.application.round_end import end_round
from fewclicks.cache import BoundedCache
from fewclicks.errors import InputError
from fewclicks.images.files import is_large, read_image, read_thumbnail
from fewclicks.images.source import ImageSource
from fewclicks.jobs.project_training import check_replaced
from fewclicks.jobs.runner import JobRunner
from fewclicks.methods.spec import Resources
from fewclicks.model import AnyModel, Encoding
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Json

MB = 1024 * 1024
RESPONSES_BYTES = 128 * MB
EXAMPLES_BYTES = 16 * MB
THUMBNAILS_BYTES = 32 * MB


@dataclass(frozen=True, slots=True)
class Limits:
    """Memory for encoded images and disk for levels of large images, in MB, and whether to encode the next image."""

    cache_mb: int = 256
    levels_mb: int = 20_000
    encode_ahead: bool = True


class Workspace:
    """One open project, shared by all requests."""

    def __init__(
        self,
        project: Project,
        models: Mapping[str, AnyModel] | None = None,
        limits: Limits | None = None,
        only: str | None = None,
    ) -> None:
        """`models`: by role, instead of the installed ones. `only`: the one role that is opened."""
        self.limits = limits or Limits()
        self.project = project
        self.models = Models(project, Resources(cache_bytes=self.limits.cache_mb * MB), models, only)
        self.jobs = JobRunner(project, self._ended)
        self.encodings = Encodings(self._load, self.note_problem, self.limits.cache_mb * MB)
        self.folder_search = FolderSearch(project)
        self.large_images = LargeImages(project, self.limits.levels_mb * MB)
        self.answering = Answering(self.encode, RESPONSES_BYTES)
        self.caches = Caches()
        self.examples = Examples(lambda image_id, used: self.encode(self.image(image_id), used, True), EXAMPLES_BYTES)
        self.thumbnails: BoundedCache[str, bytes] = BoundedCache(THUMBNAILS_BYTES)

    def image(self, image_id: int) -> ImageRow:
        """Return the image. Raises NotFoundError."""
        with self.project.reading() as log:
            return log.image(image_id)

    def encode(self, image: ImageRow, installed: Installed, aside: bool = False) -> Encoding[object]:
        """Return the image's encoding; `aside`: the last used encoding is not dropped for it.

        Raises InputError when the file cannot be read or has another size than stored.
        """
        encoding = self.encodings.get(image.id, installed.model, aside)
        if encoding.size_hw != image.size_hw:
            height, width = encoding.size_hw
            change = f"from {image.width}x{image.height} to {width}x{height}"
            raise InputError(f"the size changed {change}; restore the old file", image.file_name)
        if image.problem is not None:
            self._set_problem(image.id, None)
        return encoding

    def prepare(self, image: ImageRow, later: Sequence[Callable[[], object]] = ()) -> None:
        """Encode this image and the next one in the background, then do the tasks in `later`."""
        if not self.limits.encode_ahead:
            return
        with self.project.reading() as log:
            following = log.next_image(image.position)
        models = [installed.model for installed in self.models.active.values()]
        self.encodings.prepare(image.id, following.id if following else None, models, later)

    def read_thumbnail(self, image: ImageRow) -> bytes:
        """Return a JPEG of at most 160 pixels a side. Raises InputError."""
        path = self.project.image_path(image)
        return self.large_images.read_thumbnail(image) if is_large(image.size_hw) else read_thumbnail(path)

    def note_problem(self, image_id: int, error: InputError) -> None:
        """Store why the image cannot be opened, for the image list; if its file is missing, search for it.

        If the error names another path than that of the image, it is not stored: the file was renamed meanwhile.
        """
        self._set_problem(image_id, error.problem, error.path)
        self._search_for(self.image(image_id))

    def look_again(self, image_id: int) -> None:
        """Read the file of an image with a problem again; if it is missing, search for it. Raises NotFoundError."""
        row = self.project.look_again(image_id)
        if row.problem is not None:
            self._search_for(row)

    def close(self) -> None:
        """Stop the jobs and the background work, and close the project."""
        self.jobs.close()
        self.encodings.stop()
        self.folder_search.stop()
        self.large_images.close()
        self.project.close()

    def _search_for(self, image: ImageRow) -> None:
        if not self.project.image_path(image).is_file():
            self.folder_search.request()

    def _ended(self, job: JobRow) -> Json:
        """Store the answers of a model or a learning round, or make a new version active; return the result of the job.

        A new version stays inactive if another one was chosen during its training.
        """
        role, result = job.result["role"], job.result
        if job.kind.startswith(ROUND):
            return end_round(self.project, self.caches, self.jobs.folder(job.id), job)
        if job.kind.startswith(ASK):
            return store_answers(self.project, self.models.get(role), self.caches, self.jobs.folder(job.id), job)
        self.models.choose(role, result["version"], lambda active: check_replaced(result, active))
        return result

    def _set_problem(self, image_id: int, problem: str | None, of_file: Path | str | None = None) -> None:
        if self.project.read_only:
            return
        with self.project.changing() as log:
            file = self.project.image_path(log.image(image_id))
            if not isinstance(of_file, Path) or of_file == file:
                log.set_problem(image_id, problem)

    def _load(self, image_id: int) -> ImageSource:
        row = self.image(image_id)
        if not is_large(row.size_hw):
            return read_image(self.project.image_path(row))
        self.large_images.open(row)
        return LargeImageReader(self.large_images, row)
