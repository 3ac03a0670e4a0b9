"""The answers of a job that asked a model about many images: one file for each image, stored as one event."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from fewclicks.answers import Answer, Task
from fewclicks.application.answers import ANSWERS
from fewclicks.application.answers.ask import Caches, ImageAsks
from fewclicks.application.answers.box_masks import ask_boxes
from fewclicks.application.answers.stored import answer_from_json, answer_to_json
from fewclicks.application.models import Installed
from fewclicks.application.requests import PromptRequest
from fewclicks.errors import ConflictError, InputError
from fewclicks.files import read_json, write_text
from fewclicks.methods.spec import Role
from fewclicks.model import Response
from fewclicks.prompts import Prompts
from fewclicks.store.events import Event, Outcome, Request
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Json

ASK = "ask "  # the kind of the jobs, followed by the name of the model
ROUND = "round "  # the kind of learning rounds, followed by the name of the model
REQUEST, ANSWERS_FOLDER = "request.json", "answers"
NOTHING_LEFT = "every image is set to done, so there is nothing to ask about; set some images to do"
CHANGED = "changed while the model worked"
EVERY_EVENT = 2**31


@dataclass(slots=True)
class Skipped:
    """What the model was not asked about, or what its answers do not change.

    images: for each reason the number of images. objects: the number of single objects in them; 0 for a model that
    answers about whole images. first: the name of the first image.
    """

    images: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, file_name: str, objects: int = 0) -> None:
        """Count an image, and this number of its objects."""
        self.images[reason] += 1
        self.objects[reason] += objects
        self.first.setdefault(reason, file_name)

    def to_json(self) -> list[Json]:
        """Return the reasons, the most frequent one first."""
        return [
            {"reason": reason, "images": count, "objects": self.objects[reason], "first": self.first[reason]}
            for reason, count in self.images.most_common()
        ]

    @classmethod
    def from_json(cls, rows: Iterable[Json]) -> "Skipped":
        """Return what `to_json` returned."""
        found = cls()
        for row in rows:
            found.images[row["reason"]], found.objects[row["reason"]] = row["images"], row["objects"]
            found.first[row["reason"]] = row["first"]
        return found


@dataclass(slots=True)
class ImageChanges:
    """The changes by the answers about one image, and for each reason the number of answers that change nothing."""

    outcomes: list[Outcome] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)


def resolve(state: Log, installed: Installed, caches: Caches, request: Json, image_id: int) -> ImageAsks:
    """Return what the job asks about an image. Raises InputError for an image that could never be opened."""
    role, image = installed.role, state.measured_image(image_id)
    wanted = PromptRequest(
        request["event"],
        image_id,
        role.name,
        class_id=request.get("class_id"),
        with_examples=request["examples"],
    )
    if role.task == "mask":
        return ask_boxes(state, installed.info, image, wanted, caches)
    return ImageAsks((ANSWERS[role.task].ask(state, installed.info, image, wanted, caches),))


def finished_rounds(state: Log, role: Role) -> list[JobRow]:
    """Return the rounds of a model that are done, latest first."""
    return [row for row in state.jobs.all() if row.kind == f"{ROUND}{role.name}" and row.state == "done"]


def check_version(installed: Installed, request: Json) -> None:
    """Raise ConflictError unless the version that the job began with is the active one."""
    if installed.info.version != request["weights"]:
        raise ConflictError(f"another version of the model {installed.role.name!r} is active now; start the job again")


def has_answer(folder: Path, image_id: int) -> bool:
    """Return whether the job in `folder` has answered about an image."""
    return _file(folder, image_id).is_file()


def write_answers(
    folder: Path, image_id: int, task: Task, answers: Mapping[str, tuple[Prompts, Answer]], skipped: Mapping[str, int]
) -> None:
    """Write the answers about an image, completely or not at all.

    task: that of all answers. answers: the prompts and the answer by the subject of each. skipped: for each reason the
    number of objects without an answer.
    """
    stored = {
        subject: {"prompts": _digest(prompts), "answer": answer_to_json(task, answer)}
        for subject, (prompts, answer) in answers.items()
    }
    write_text(_file(folder, image_id), json.dumps({"answers": stored, "skipped": skipped}))


def read_answer(folder: Path, image_id: int) -> Json:
    """Return the answer about a whole image as JSON."""
    answer: Json = read_json(_file(folder, image_id))["answers"][""]["answer"]
    return answer


def read_skipped(folder: Path, image_id: int) -> dict[str, int]:
    """Return for each reason the number of objects of an image without an answer."""
    return dict(read_json(_file(folder, image_id))["skipped"])


def store_answers(
    project: Project,
    installed: Installed,
    caches: Caches,
    folder: Path,
    job: JobRow,
    word: str | None = None,
    left_out: Collection[int] = (),
) -> Json:
    """Store the answers of a job in `folder` as one event, once, and return the result of the job.

    word: the kind of the event; None: that of the task. left_out: images that stay as they are. Answers to prompts that
    have changed since are not stored. Raises ConflictError if another version of the model is active now.
    """
    request = read_json(folder / REQUEST)
    check_version(installed, request)
    kind = word or ANSWERS[installed.role.task].kind(PromptRequest("", 0, installed.role.name))
    payload = {"job": job.id, "method": installed.role.name}
    logged = Request(request["event"], "ask", kind, payload, author=request["author"])
    wanted = (image_id for image_id in request["images"] if image_id not in left_out)
    answered = [image_id for image_id in wanted if has_answer(folder, image_id)]
    with project.reading() as state:
        seq, is_stored = state.next_seq(), state.known(logged) is not None
        changes = {} if is_stored else _changes(state, installed, caches, request, folder, answered)
    with project.changing() as state:
        event = state.known(logged)
        if event is None:
            stale = _changed_since(state, seq, answered)
            changes |= _changes(state, installed, caches, request, folder, stale)
            event = state.append(logged, _joined(changes.values()))
        names = {row.id: row.file_name for row in state.images()}
    skipped = Skipped.from_json(job.result["skipped"])
    for image_id, each in changes.items():
        for reason, count in each.unused.items():
            skipped.add(reason, names[image_id], count if installed.role.task == "mask" else 0)
    return _result(installed, event, skipped)


def _changes(
    state: Log, installed: Installed, caches: Caches, request: Json, folder: Path, images: Iterable[int]
) -> dict[int, ImageChanges]:
    """Return the changes by the answers about these images, in their present state, by image."""
    changes = {}
    for image_id in images:
        resolved = resolve(state, installed, caches, request, image_id)
        changes[image_id] = _image_changes(resolved, installed.role.task, read_json(_file(folder, image_id)))
    return changes


def _image_changes(resolved: ImageAsks, task: Task, content: Json) -> ImageChanges:
    asks, changes = {ask.subject: ask for ask in resolved.asks}, ImageChanges()
    for subject, stored in content["answers"].items():
        ask = asks.get(subject)
        if ask is None or _digest(ask.prompts) != stored["prompts"]:
            changes.unused[CHANGED] += 1
            continue
        try:
            changes.outcomes.append(ask.answered(Response(answer_from_json(task, stored["answer"]))))
        except InputError as error:
            changes.unused[error.problem] += 1
    return changes


def _joined(changes: Iterable[ImageChanges]) -> Outcome:
    """Return the changes of all images as one."""
    outcomes = [outcome for each in changes for outcome in each.outcomes]
    return Outcome(
        tuple(change for outcome in outcomes for change in outcome.annotations),
        proposals=tuple(change for outcome in outcomes for change in outcome.proposals),
    )


def _changed_since(state: Log, seq: int, images: list[int]) -> list[int]:
    """Return which of the images an event from number `seq` on may have changed."""
    changed = {request.image_id for _, request in state.requests_after(seq - 1, EVERY_EVENT)}
    return images if None in changed else [image_id for image_id in images if image_id in changed]


def _result(installed: Installed, event: Event, skipped: Skipped) -> Json:
    asked, method = [change.after for change in event.outcome.proposals], installed.role.name
    points = [each.points_of(method) for each in asked]
    masks = [change.after for change in event.outcome.annotations if change.after is not None]
    return {
        "role": method,
        "weights": installed.info.version,
        "event": event.seq,
        "images": len({each.image_id for each in asked} | {each.image_id for each in masks}),
        "moves": sum(len(each.moves) for each in points),
        "suggestions": sum(len(each.points) for each in points)
        + sum(len(each.boxes) for each in asked if each.method == method)
        + len(masks),
        "skipped": skipped.to_json(),
    }


def _file(folder: Path, image_id: int) -> Path:
    return folder / ANSWERS_FOLDER / f"{image_id}.json"


def _digest(prompts: Prompts) -> str:
    return blake2b(repr(prompts).encode(), digest_size=16).hexdigest()
