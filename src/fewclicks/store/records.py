"""What the repository hands out: frozen rows, free of the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fewclicks.store.snapshots import Json, Snapshot


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """What a project is: `uid` tells it from all others, `images` is its image folder, relative to it or absolute."""

    uid: str
    name: str
    images: str


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image of the project; `file_name` is relative to the image folder, `problem` why it cannot be opened."""

    id: int
    file_name: str
    position: int
    width: int
    height: int
    bytes: int
    mtime_ns: int
    content_hash: str
    problem: str | None = None

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.height, self.width)


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """An image as the list shows it: its annotations without deleted ones, and the effort spent on it."""

    id: int
    file_name: str
    width: int
    height: int
    status: str
    annotations: int
    proposed: int
    clicks: int
    seconds: float
    worst_quality: float | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class; `policy` is the text shown beside the image, `color` "#rrggbb"."""

    id: int
    name: str
    color: str
    policy: str = ""


Verb = Literal["respond", "edit", "retry", "undo", "redo", "status", "classes", "import"]
CHANGES: frozenset[Verb] = frozenset({"respond", "edit", "retry"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `id` is made by the client, `payload` is its whole body, with the image it was sent to.

    `kind` is the word for what it does ("click", "accept"); of undo and redo, the word of what they reach.
    """

    id: str
    verb: Verb
    kind: str
    payload: Json
    image_id: int | None = None
    annotation_id: str | None = None
    seconds: float = 0.0

    @property
    def is_change(self) -> bool:
        """Whether undo takes it back."""
        return self.verb in CHANGES


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request did: the annotation before and after (None: absent), and what the model took or said."""

    before: Snapshot | None = None
    after: Snapshot | None = None
    model_ms: float | None = None
    error: str | None = None
    clicks: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log."""

    seq: int
    request: Request
    outcome: Outcome
    created_at: datetime
    parent: int | None
    head: int | None


@dataclass(frozen=True, slots=True)
class UndoWords:
    """The kinds of change that undo and redo would reach now, and the ids of these; None when there is nothing."""

    undo: str | None
    redo: str | None
    undo_of: str | None = None
    redo_of: str | None = None
