"""The answers of a job that asked a model about many images: one file for each image, stored as one event."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from fewclicks.answers import Answer
from fewclicks.application.answers import ANSWERS
from fewclicks.application.answers.ask import Ask, Caches
from fewclicks.application.answers.stored import answer_from_json, answer_to_json
from fewclicks.application.models import Installed
from fewclicks.application.requests import PromptRequest
from fewclicks.errors import ConflictError
from fewclicks.files import read_json, write_text
from fewclicks.model import Response
from fewclicks.prompts import Prompts
from fewclicks.store.events import Change, Event, Outcome, Request
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals
from fewclicks.store.snapshots import Json

ASK = "ask "  # the kind of the jobs, followed by the name of the model
ROUND = "round "  # the kind of learning rounds, followed by the name of the model
REQUEST, ANSWERS_FOLDER = "request.json", "answers"
NOTHING_LEFT = "every image is set to done, so there is nothing to ask about; set some images to do"
CHANGED = "changed while the model worked"
EVERY_EVENT = 2**31

Changes = dict[int, Change[Proposals] | None]
"""The changed suggestions of each image; None for an image whose prompts have changed since it was asked."""


@dataclass(slots=True)
class Skipped:
    """Images without an answer: for each reason their number and the first one."""

    images: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, file_name: str) -> None:
        """Count an image."""
        self.images[reason] += 1
        self.first.setdefault(reason, file_name)

    def to_json(self) -> list[Json]:
        """Return the reasons, the most frequent one first."""
        return [
            {"reason": reason, "images": count, "first": self.first[reason]}
            for reason, count in self.images.most_common()
        ]


def resolve(state: Log, installed: Installed, caches: Caches, request: Json, image_id: int) -> Ask:
    """Return what the job asks about an image. Raises InputError for an image that could never be opened."""
    role, image = installed.role, state.measured_image(image_id)
    wanted = PromptRequest(request["event"], image_id, role.name, with_examples=request["examples"])
    return ANSWERS[role.task].ask(state, installed.info, image, wanted, caches)


def check_version(installed: Installed, request: Json) -> None:
    """Raise ConflictError unless the version that the job began with is the active one."""
    if installed.info.version != request["weights"]:
        raise ConflictError(f"another version of the model {installed.role.name!r} is active now; start again")


def has_answer(folder: Path, image_id: int) -> bool:
    """Return whether the job in `folder` has answered about an image."""
    return _file(folder, image_id).is_file()


def write_answer(folder: Path, image_id: int, prompts: Prompts, answer: Answer) -> None:
    """Write the answer to `prompts` about an image, completely or not at all."""
    content = {"prompts": _digest(prompts), "answer": answer_to_json(answer)}
    write_text(_file(folder, image_id), json.dumps(content))


def read_answer(folder: Path, image_id: int) -> Json:
    """Return the answer about an image as JSON."""
    answer: Json = read_json(_file(folder, image_id))["answer"]
    return answer


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

    word: the kind of the event; None: that of the task. left_out: images that stay as they are. Images whose prompts
    have changed since they were asked are skipped. Raises ConflictError if another version of the model is active now.
    """
    request = read_json(folder / REQUEST)
    check_version(installed, request)
    kind = word or ANSWERS[installed.role.task].kind(PromptRequest("", 0, installed.role.name))
    payload = {"job": job.id, "method": installed.role.name}
    logged = Request(request["event"], "ask", kind, payload, author=request["author"])
    wanted = (image_id for image_id in request["images"] if image_id not in left_out)
    answered = [image_id for image_id in wanted if has_answer(folder, image_id)]
    with project.reading() as state:
        seq = state.next_seq()
        changes = _changes(state, installed, caches, request, folder, answered)
    with project.changing() as state:
        event = state.known(logged)
        if event is None:
            stale = _changed_since(state, seq, answered)
            changes |= _changes(state, installed, caches, request, folder, stale)
            stored = tuple(change for change in changes.values() if change is not None)
            event = state.append(logged, Outcome(proposals=stored))
        names = {row.id: row.file_name for row in state.images()}
    changed = [names[image_id] for image_id, change in changes.items() if change is None]
    return _result(installed, job, event, changed)


def _changes(
    state: Log, installed: Installed, caches: Caches, request: Json, folder: Path, images: Iterable[int]
) -> Changes:
    """Return the changes by the answers about these images, in their present state."""
    changes: Changes = {}
    for image_id in images:
        content = read_json(_file(folder, image_id))
        resolved = resolve(state, installed, caches, request, image_id)
        changes[image_id] = None
        if _digest(resolved.prompts) == content["prompts"]:
            answer = answer_from_json(installed.role.task, content["answer"])
            (changes[image_id],) = resolved.answered(Response(answer)).proposals
    return changes


def _changed_since(state: Log, seq: int, images: list[int]) -> list[int]:
    """Return which of the images an event from number `seq` on may have changed."""
    changed = {request.image_id for _, request in state.requests_after(seq - 1, EVERY_EVENT)}
    return images if None in changed else [image_id for image_id in images if image_id in changed]


def _result(installed: Installed, job: JobRow, event: Event, changed: list[str]) -> Json:
    asked, method = [change.after for change in event.outcome.proposals], installed.role.name
    points = [each.points_of(method) for each in asked]
    skipped = [*job.result["skipped"]]
    if changed:
        skipped.append({"reason": CHANGED, "images": len(changed), "first": changed[0]})
    return {
        "role": method,
        "weights": installed.info.version,
        "event": event.seq,
        "images": len(asked),
        "moves": sum(len(each.moves) for each in points),
        "suggestions": sum(len(each.points) for each in points)
        + sum(len(each.boxes) for each in asked if each.method == method),
        "skipped": skipped,
    }


def _file(folder: Path, image_id: int) -> Path:
    return folder / ANSWERS_FOLDER / f"{image_id}.json"


def _digest(prompts: Prompts) -> str:
    return blake2b(repr(prompts).encode(), digest_size=16).hexdigest()
