"""The check of a project: its file, its log against its tables, and its images."""

from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from fewclicks.errors import InputError, NotFoundError
from fewclicks.images.files import is_large, read_size_hw, read_thumbnail
from fewclicks.store.database import REVISION, open_read_only, stored_revision
from fewclicks.store.events import Event, ImportedObjects
from fewclicks.store.images import is_labelled, size_changed
from fewclicks.store.log import Log
from fewclicks.store.project import DATABASE
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import ImageRow, ImageStatus
from fewclicks.store.replay import (
    ByEvent,
    objects_as_imported,
    replay_answers,
    replay_classes,
    replay_log,
    replay_proposals,
    replay_statuses,
)


def check_project(folder: Path) -> list[str]:
    """Return the problems of the project in `folder`, one line each; it may be open elsewhere, or read-only.

    Raises NotFoundError without a project.
    """
    folder = Path(folder).resolve()
    path = folder / DATABASE
    if not path.is_file():
        raise NotFoundError(f"{folder}: no project here ({DATABASE} is missing); check the path")
    engine = open_read_only(path)
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            damage = [f"{path}: {' '.join(str(line).split())}" for line in found if line != "ok"]
            if not damage and stored_revision(connection) != REVISION:
                return [f"{path}: made by another version of fewclicks; open it once with fewclicks serve"]
            if damage:
                return damage
            log = Log(connection)
            problems, project, images = list(_problems(log)), log.project(), log.images()
            labelled = {image.id for image in images if is_labelled(log, image.id)}
        if project is None:  # the transaction has ended: reading all images can take minutes
            return [*problems, "the tables of the project are empty"]
        return [*problems, *_images(folder / project.images, images, labelled)]
    except DatabaseError as error:
        return [f"{path}: {error.orig}"]
    finally:
        engine.dispose()


def _problems(log: Log) -> Iterator[str]:
    events = log.events()
    yield from _annotations(log, events)
    yield from _proposals(log, events)
    yield from _statuses(log, events)
    yield from _classes(log, events)
    yield from _answers(log, events)


def _annotations(log: Log, events: list[Event]) -> Iterator[str]:
    present = log.imported.by_event()
    imports = objects_as_imported(events, present)
    stored = {each.id: each for annotations in present.values() for each in annotations}
    replayed = {each.id: each for each in replay_log(events, imports)}
    for name in sorted(stored.keys() | replayed.keys()):
        if stored.get(name) != replayed.get(name):
            yield f"annotation {name!r} is not what the log contains"
    yield from _imports(events, imports)


def _imports(events: list[Event], imports: ByEvent) -> Iterator[str]:
    for event in events:
        imported = event.outcome.imported
        if imported is not None and ImportedObjects.of(imports[event.seq]) != imported:
            file = event.request.payload["file"]
            yield f"the objects that import {event.seq} ({file!r}) added are not what the log contains"


def _proposals(log: Log, events: list[Event]) -> Iterator[str]:
    replayed = replay_proposals(events)
    for image in log.images():
        if log.proposals(image.id) != replayed.get(image.id, Proposals(image.id)):
            yield f"the suggestions of image {image.file_name!r} are not what the log contains"


def _statuses(log: Log, events: list[Event]) -> Iterator[str]:
    replayed = replay_statuses(events)
    for image in log.summaries():
        logged = replayed.get(image.id, ImageStatus())
        if logged is not None and logged.status != image.status:
            yield f"the status of image {image.file_name!r} is {image.status!r}, but the log contains {logged.status!r}"
        elif logged is not None and logged.version != image.status_version:
            yield f"the version of the status of image {image.file_name!r} is not what the log contains"


def _classes(log: Log, events: list[Event]) -> Iterator[str]:
    logged = replay_classes(events)
    if logged is None:
        return
    stored = {row.id: row for row in log.classes()}
    if tuple(stored.values()) != logged:
        replayed = {row.id: row for row in logged}
        different = [row for row in (stored | replayed).values() if stored.get(row.id) != replayed.get(row.id)]
        names = ", ".join(repr(row.name) for row in different) or "their order"
        yield f"the classes are not what the log contains: {names}"


def _answers(log: Log, events: list[Event]) -> Iterator[str]:
    """Compare the answers to questions; a skipped one may have been made open again without an event."""
    replayed = replay_answers(events)
    for item_id, given in log.work.answers().items():
        if given != replayed.get(item_id):
            yield f"the answer to question {item_id!r} is not what the log contains"


def _images(folder: Path, images: Iterable[ImageRow], labelled: Container[int]) -> Iterator[str]:
    for image in images:
        path = folder / image.file_name
        if not path.is_file():
            yield f"image {image.file_name!r} is missing from {folder}"
        elif (problem := _problem_of(path, image, image.id in labelled)) is not None:
            yield str(InputError(problem, path))


def _problem_of(path: Path, image: ImageRow, labelled: bool) -> str | None:
    """Return why an image cannot be read, or why its annotations no longer fit it; None: neither.

    Not all pixels of large images are read.
    """
    try:
        size_hw = read_size_hw(path)
        if not is_large(size_hw):
            read_thumbnail(path)
    except InputError as error:
        return error.problem
    return size_changed(image.size_hw, size_hw) if labelled and image.width and size_hw != image.size_hw else None
