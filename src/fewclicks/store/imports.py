"""The imports of a project, and the undo of one of them after other work."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fewclicks.errors import ConflictError, NotFoundError
from fewclicks.store.events import AnnotationChange, Change, Event, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import Classes
from fewclicks.store.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class Import:
    """An import: its event, the name of its file, its time, its objects, and how many of these are unchanged.

    file: empty for an import by an earlier fewclicks. undone: whether it was undone; edited objects stayed then.
    """

    event: int
    file: str
    created_at: datetime
    objects: int
    unchanged: int
    undone: bool


@dataclass(frozen=True, slots=True)
class UndoneImport:
    """The result of undoing an import: objects removed, and objects that stay because of later work."""

    event: int
    file: str
    removed: int
    edited: int
    corrected: int
    deleted: int


@dataclass(frozen=True, slots=True)
class _Logged:
    """The events of one import.

    Early versions wrote one for each object, with its number in the payload; later ones, one that contains all objects.
    """

    events: tuple[Event, ...]

    @property
    def first(self) -> Event:
        return self.events[0]

    @property
    def file(self) -> str:
        return str(self.first.request.payload.get("file", ""))

    @property
    def objects(self) -> int:
        """The number of objects that the import added."""
        outcomes = [event.outcome for event in self.events]
        return sum(each.imported.count if each.imported else len(each.annotations) for each in outcomes)

    @property
    def classes(self) -> Classes:
        """The classes that the import added."""
        change = self.first.outcome.classes
        return tuple(row for row in change.after if row not in change.before) if change else ()

    def present(self, log: Log) -> list[Snapshot]:
        """Return the objects of this import that are still in the project, deleted ones included."""
        return log.imported.made(self.first.seq, self.events[-1].seq)

    def unchanged(self, log: Log, changed: Mapping[str, Snapshot]) -> list[Snapshot]:
        """Return the objects that are as imported; `changed` are those of `Imported.changed`."""
        return [each for each in self.present(log) if changed.get(each.id, each) == each]


def list_imports(project: Project) -> list[Import]:
    """Return every import, latest first."""
    with project.reading() as log:
        undone, changed = _undone(log), log.imported.changed()
        return [
            Import(
                number,
                each.file,
                each.first.created_at,
                each.objects,
                len(each.unchanged(log, changed)),
                number in undone,
            )
            for number, each in reversed(_imports(log).items())
        ]


def undo_import(project: Project, request_id: str, event: int | None = None) -> UndoneImport:
    """Remove the unchanged objects of an import, and the classes that it added and nothing uses.

    event: the number of the import; None: the latest one that was not undone. Objects edited, corrected or deleted
    since stay. A repeated `request_id` removes nothing more. Raises NotFoundError for an unknown import and
    ConflictError without an import to undo, or for a reused id.
    """
    with project.changing() as log:
        imports = _imports(log)
        number = _latest(log, imports) if event is None else event
        if number not in imports:
            raise NotFoundError(f"event {number} is not an import; {_offered(imports)}")
        request = Request(request_id, "undo-import", "undo-import", {"event": number})
        undone = log.known(request) or log.append(request, _removal(log, imports[number]))
        return _report(log, imports[number], undone)


def _imports(log: Log) -> dict[int, _Logged]:
    """Return the imports, oldest first, by the number of their first event."""
    found: dict[int, list[Event]] = {}
    for event in log.events("import"):
        found.setdefault(event.seq - event.request.payload.get("number", 0), []).append(event)
    return {first: _Logged(tuple(events)) for first, events in found.items()}


def _offered(imports: Iterable[int]) -> str:
    named = ", ".join(map(str, imports))
    return f"choose one of {named}" if named else "the project has no imports"


def _undone(log: Log) -> set[int]:
    return {event.request.payload["event"] for event in log.events("undo-import")}


def _latest(log: Log, imports: Collection[int]) -> int:
    latest = max(set(imports) - _undone(log), default=None)
    if latest is None:
        advice = "to undo one again, give its number" if imports else "nothing was imported into this project"
        raise ConflictError(f"there is no import to undo; {advice}")
    return latest


def _removal(log: Log, logged: _Logged) -> Outcome:
    removed = logged.unchanged(log, log.imported.changed())
    classes = _without(log, logged.classes, {each.id for each in removed})
    return Outcome(tuple(AnnotationChange(each, None) for each in removed), classes=classes)


def _without(log: Log, added: Classes, removed: set[str]) -> Change[Classes] | None:
    before = tuple(log.classes())
    used = {each.class_id for each in log.annotations() if each.id not in removed} | _clicked(log)
    after = tuple(row for row in before if row not in added or row.id in used)
    return None if after == before else Change(before, after)


def _clicked(log: Log) -> set[int]:
    return {click["class_id"] for clicks in log.clicks_elsewhere(0).values() for click in clicks}  # ids begin at 1


def _report(log: Log, logged: _Logged, undone: Event) -> UndoneImport:
    changed = log.imported.changed()
    reasons = Counter(_reason(changed.get(each.id, each), each) for each in logged.present(log))
    removed = len(undone.outcome.annotations)
    return UndoneImport(
        logged.first.seq, logged.file, removed, reasons["edited"], reasons["corrected"], reasons["deleted"]
    )


def _reason(imported: Snapshot, now: Snapshot) -> str | None:
    """Return why the object stays; None if it is as imported."""
    if now == imported:
        return None
    if now.state == "deleted":
        return "deleted"
    return "corrected" if now.prompts != imported.prompts else "edited"
