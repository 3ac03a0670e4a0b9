"""The job that asks a model about many images: `python -m fewclicks.application.asking_job FOLDER`.

It only reads the project, and leaves an answer for each image in its folder; a resumed job skips these images.
"""

import time
from collections.abc import Callable
from pathlib import Path

from fewclicks.answers import Answer
from fewclicks.application.answers.ask import Ask
from fewclicks.application.asked import REQUEST, Skipped, check_version, has_answer, resolve, write_answer
from fewclicks.application.attempts import NoAnswerError, attempted
from fewclicks.application.models import Installed
from fewclicks.application.respond import response_to
from fewclicks.application.time_left import TimeLeft
from fewclicks.application.workspace import Limits, Workspace
from fewclicks.errors import InputError
from fewclicks.files import read_json
from fewclicks.images.files import is_large
from fewclicks.jobs.reports import EVERY_SECONDS, Reporter
from fewclicks.jobs.worker import run_job
from fewclicks.methods.project_training import Progress
from fewclicks.model import Options, Response
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Json

PART_SECONDS = 2.0  # of a large image between two reports
LOOK_SECONDS = 0.2

Told = Callable[[float], None]


def ask_images(folder: Path, reporter: Reporter) -> Json:
    """Ask the model about every image without an answer, and return what the page shows."""
    request = read_json(folder / REQUEST)
    reporter.say(0.0, "opening the model")
    workspace = Workspace(
        Project(Path(request["project"]), read_only=True), None, Limits(encode_ahead=False), request["role"]
    )
    try:
        return Asking(workspace, folder, request, reporter).run()
    finally:
        workspace.close()


class Asking:
    """One run over the images that `request` names; the answers are left in `folder`."""

    def __init__(self, workspace: Workspace, folder: Path, request: Json, reporter: Progress) -> None:
        self._workspace, self._folder, self._request, self._reporter = workspace, folder, request, reporter
        self._installed: Installed = workspace.models.get(request["role"])
        check_version(self._installed, request)
        self._skipped, self._said_at = Skipped(), float("-inf")
        with workspace.project.reading() as log:
            rows = {row.id: row for row in log.images()}
        self._images = [rows[image_id] for image_id in request["images"]]
        self._time = TimeLeft([(row.height, row.width) for row in self._images])

    def run(self) -> Json:
        """Ask about every image without an answer; return the model and the images that were skipped."""
        for number, row in enumerate(self._images):
            self._say(number, 0.0)
            started = time.monotonic()
            if not has_answer(self._folder, row.id) and self._ask(number, row):
                self._time.done(number, time.monotonic() - started)
            else:
                self._time.skip(number)
        return {"role": self._installed.role.name, "skipped": self._skipped.to_json()}

    def _say(self, number: int, part: float) -> None:
        """Report the progress, at most once in EVERY_SECONDS."""
        if time.monotonic() - self._said_at < EVERY_SECONDS:
            return
        self._said_at = time.monotonic()
        left = self._time.left(number, part)
        message = f"image {number + 1:,} of {len(self._images):,}"
        self._reporter.say(self._time.progress(number, part), f"{message}, {left}" if left else message)

    def _ask(self, number: int, row: ImageRow) -> bool:
        """Write the answer about an image, or note why there is none; return whether there is one."""
        try:
            with self._workspace.project.reading() as state:
                resolved = resolve(state, self._installed, self._workspace.caches, self._request, row.id)
            answer = self._answer(resolved, lambda part: self._say(number, part))
        except (InputError, NoAnswerError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, InputError) else error
            self._skipped.add(cause.problem if isinstance(cause, InputError) else str(cause), row.file_name)
            return False
        write_answer(self._folder, row.id, resolved.prompts, answer)
        return True

    def _answer(self, resolved: Ask, progress: Told) -> Answer:
        """Return the complete answer about an image. Raises InputError and NoAnswerError."""
        large_images = self._workspace.large_images
        while is_large(resolved.image.size_hw) and large_images.progress(resolved.image) < 1:
            time.sleep(LOOK_SECONDS)

        def complete() -> Answer:
            response: Response[Answer, object] | None = None
            while response is None or response.progress < 1:
                response = response_to(
                    self._workspace,
                    self._installed,
                    resolved,
                    Options(seconds=PART_SECONDS, features=self._request.get("features", False)),
                    response,
                )
                progress(response.progress)
            return response.answer

        return attempted(self._workspace, resolved.image, self._installed, complete)


if __name__ == "__main__":
    run_job(ask_images)
