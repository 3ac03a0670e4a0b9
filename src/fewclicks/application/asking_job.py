"""The job that asks a model about many images: `python -m fewclicks.application.asking_job FOLDER`.

It only reads the project, and leaves the answers about each image in a file of its folder; a resumed job skips these
images.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fewclicks.answers import Answer
from fewclicks.application.answers.ask import Ask, ImageAsks
from fewclicks.application.answers.tightening import with_tight_boxes
from fewclicks.application.asked import (
    REQUEST,
    Skipped,
    check_version,
    has_answer,
    read_skipped,
    resolve,
    write_answers,
)
from fewclicks.application.attempts import NoAnswerError, attempted
from fewclicks.application.models import Installed
from fewclicks.application.respond import response_to
from fewclicks.application.time_left import TimeLeft
from fewclicks.application.workspace import Limits, Workspace
from fewclicks.ask.tighten import Tightener
from fewclicks.errors import InputError
from fewclicks.files import read_json
from fewclicks.images.files import is_large
from fewclicks.jobs.reports import EVERY_SECONDS, Reporter
from fewclicks.jobs.worker import run_job
from fewclicks.methods.project_training import Progress
from fewclicks.model import Options, Response
from fewclicks.prompts import Prompts
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Json

log = logging.getLogger("fewclicks")
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

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        request: Json,
        reporter: Progress,
        tightener: Tightener | None = None,
    ) -> None:
        """tightener: tightens suggested boxes; its model is one of the workspace."""
        self._workspace, self._folder, self._request, self._reporter = workspace, folder, request, reporter
        self._tightener = tightener
        self._installed: Installed = workspace.models.get(request["role"])
        check_version(self._installed, request)
        self._skipped, self._said_at = Skipped(), float("-inf")
        with workspace.project.reading() as state:
            rows = {row.id: row for row in state.images()}
        self._images = [rows[image_id] for image_id in request["images"]]
        self._objects: list[int] = request.get("objects", [0] * len(self._images))
        self._time = TimeLeft([(row.height, row.width) for row in self._images], self._objects)

    def run(self) -> Json:
        """Ask about every image without an answer; return the model, and what was skipped."""
        for number, row in enumerate(self._images):
            self._say(number, 0.0)
            if has_answer(self._folder, row.id) or not self._ask(number, row):
                self._time.skip(number)
            if has_answer(self._folder, row.id):
                for reason, objects in read_skipped(self._folder, row.id).items():
                    self._skipped.add(reason, row.file_name, objects)
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
        """Write the answers about an image, or note why there are none; return whether there are."""
        began = time.monotonic()
        try:
            with self._workspace.project.reading() as state:
                resolved = resolve(state, self._installed, self._workspace.caches, self._request, row.id)
            self._open(row)
            opened = time.monotonic()
            answers, skipped = self._answers(number, resolved)
        except (InputError, NoAnswerError) as error:
            self._skipped.add(_reason(error), row.file_name, self._objects[number])
            return False
        write_answers(self._folder, row.id, self._installed.role.task, answers, skipped)
        self._time.done(number, opened - began, time.monotonic() - opened)
        return True

    def _open(self, image: ImageRow) -> None:
        """Encode an image, once its levels are made if it is large. Raises InputError and NoAnswerError."""
        while is_large(image.size_hw) and self._workspace.large_images.progress(image) < 1:
            time.sleep(LOOK_SECONDS)
        attempted(self._workspace, image, self._installed, lambda: None)

    def _answers(self, number: int, resolved: ImageAsks) -> tuple[dict[str, tuple[Prompts, Answer]], Counter[str]]:
        """Return the answers by their subjects, and the number of objects without an answer by the reason.

        Raises InputError and NoAnswerError when there is no answer about the whole image.
        """
        answers: dict[str, tuple[Prompts, Answer]] = {}
        skipped = Counter(resolved.skipped)
        for asked, ask in enumerate(resolved.asks):
            try:
                told = partial(self._say_part, number, asked, len(resolved.asks))
                answers[ask.subject] = ask.prompts, self._tightened(ask.image, self._answer(ask, told))
            except (InputError, NoAnswerError) as error:
                if not self._objects[number]:
                    raise
                skipped[_reason(error)] += 1
        return answers, skipped

    def _tightened(self, image: ImageRow, answer: Answer) -> Answer:
        """Return the answer with tightened boxes; if the model of masks fails, the answer as it is."""
        if self._tightener is None:
            return answer
        masks = self._workspace.models.get(self._tightener.model.info.role)
        encode = partial(self._workspace.encode, image, masks)
        try:
            return attempted(self._workspace, image, masks, partial(with_tight_boxes, answer, self._tightener, encode))
        except (InputError, NoAnswerError) as error:
            log.warning("the boxes of %s stay as predicted: %s", image.file_name, _reason(error))
            return answer

    def _say_part(self, number: int, asked: int, asks: int, part: float) -> None:
        self._say(number, (asked + part) / asks)

    def _answer(self, ask: Ask, progress: Told) -> Answer:
        """Return the complete answer about an image or an object. Raises InputError and NoAnswerError."""

        def complete() -> Answer:
            response: Response[Answer, object] | None = None
            while response is None or response.progress < 1:
                response = response_to(
                    self._workspace,
                    self._installed,
                    ask,
                    Options(seconds=PART_SECONDS, features=self._request.get("features", False)),
                    response,
                )
                progress(response.progress)
            ask.answered(response)  # an answer that cannot be stored is no answer
            return response.answer

        return attempted(self._workspace, ask.image, self._installed, complete)


def _reason(error: InputError | NoAnswerError) -> str:
    """Return why there is no answer, without the name of the file."""
    cause = error.__cause__ if isinstance(error.__cause__, InputError) else error
    return cause.problem if isinstance(cause, InputError) else str(cause)


if __name__ == "__main__":
    run_job(ask_images)
