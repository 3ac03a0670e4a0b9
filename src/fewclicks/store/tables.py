"""The tables of `project.db`.

`events` is the log, to which rows are only appended. `annotations` and `proposals` follow from the log and can be
rebuilt from it, except imported objects that nobody has changed: only their rows contain them, and the event of the
import contains their digest (see `replay.py`). Both contain JSON (see `snapshots.py`, `proposals.py`).
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Float, ForeignKey, Index, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {float: Float()}  # releases of SQLAlchemy map floats to different types


class ProjectTable(Base):
    """The single row of the project.

    `images` is the image folder, relative to the project or absolute; `uid` is unique. `rounds` contains the settings
    of learning rounds that somebody has changed.
    """

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    images: Mapped[str]
    created_at: Mapped[datetime]
    uid: Mapped[str] = mapped_column(server_default=text("''"))
    rounds: Mapped[dict[str, Any]] = mapped_column(JSON, server_default=text("'{}'"))


class ClassTable(Base):
    """The classes; `position` is null for a removed class, which undo may restore.

    `overlaps`: its objects may share pixels with others.

    `extra` contains other values from imported files. It is not part of `ClassRow`, so edits of the classes and their
    undo do not change it.
    """

    __tablename__ = "classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    color: Mapped[str]
    policy: Mapped[str] = mapped_column(Text)
    position: Mapped[int | None]
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, server_default=text("'{}'"))
    overlaps: Mapped[bool] = mapped_column(server_default=text("0"))


class ImageTable(Base):
    """The images; `position` is the natural order of the names, `problem` is why the image cannot be opened."""

    __tablename__ = "images"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(index=True)
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    mtime_ns: Mapped[int]
    content_hash: Mapped[str] = mapped_column(index=True)
    problem: Mapped[str | None]


class ImageStatusTable(Base):
    """The statuses of images, each with the id of the request that set it; an image without a row is to do."""

    __tablename__ = "image_status"

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True)
    status: Mapped[str]
    version: Mapped[str] = mapped_column(server_default=text("''"))


class EventTable(Base):
    """The acknowledged requests.

    `changes` contains everything that a request changed, before and after, but of the objects of an import only their
    number and digest (see `events.py`; null: nothing);
    `annotation_id` is its first annotation. The events of one author on one image are a line; events from before
    there were authors (null) are in none. `parent` and `head` make undo a walk in a tree of the line that only grows:
    `head` is the change that undo would revert after this event, `parent` is the previous `head`. So redo restores the
    latest change of the line whose parent is the present head.
    """

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    verb: Mapped[str]
    kind: Mapped[str]
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id"))
    author: Mapped[str | None]
    annotation_id: Mapped[str | None] = mapped_column(index=True)
    parent: Mapped[int | None]
    head: Mapped[int | None]
    is_change: Mapped[bool]
    clicks: Mapped[int]
    seconds: Mapped[float]
    model_ms: Mapped[float | None]
    created_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    changes: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_events_effort", "image_id", "seconds", "clicks"),
        Index("ix_events_line", "author", "image_id", "seq"),
        Index("ix_events_redo", "author", "image_id", "is_change", "parent", "seq"),
        Index("ix_events_kind", "kind"),
        Index("ix_events_verb", "verb"),
    )


class AnnotationTable(Base):
    """The present annotations; the columns beside `snapshot` allow counting without reading it."""

    __tablename__ = "annotations"

    id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id"), index=True)
    state: Mapped[str]
    quality: Mapped[float | None]
    snapshot: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_annotations_image", "image_id", "state", "quality", "seq"),)


class ProposalsTable(Base):
    """The class clicks and suggested boxes of images; an image without class clicks may have no row.

    `clicks` are those of `snapshot`, readable without it; `seq` is the event of their last change.
    """

    __tablename__ = "proposals"

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int]
    clicks: Mapped[str] = mapped_column(Text)
    snapshot: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_proposals_seq", "seq"),)


class JobTable(Base):
    """The jobs; the job's process reports `curve` and `result`, clients make the ids in `requests` (see `jobs.py`)."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    state: Mapped[str]
    progress: Mapped[float]
    message: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    curve: Mapped[list[Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    requests: Mapped[list[str]] = mapped_column(JSON, server_default=text("'[]'"))


class ChosenModelTable(Base):
    """The active version of each method; a method without a row uses the shipped model."""

    __tablename__ = "chosen_models"

    method: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]


class WorkItemTable(Base):
    """The questions about suggestions, asked in the order of `place`, `sureness` and `id` (see `work.py`).

    `subject` is JSON. `holder` has the question until `held_until`, in seconds since 1970. `answered_by` and `answer`
    are the id and the word of the request that answered it, empty before.
    """

    __tablename__ = "work_items"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    subject: Mapped[str] = mapped_column(Text)
    role: Mapped[str]
    version: Mapped[str]
    sureness: Mapped[float]
    strategy: Mapped[str]
    place: Mapped[int]
    holder: Mapped[str]
    held_until: Mapped[float]
    answered_by: Mapped[str]
    answer: Mapped[str]

    __table_args__ = (
        Index("ix_work_items_order", "answer", "place", "sureness", "id"),
        Index("ix_work_items_holder", "answer", "holder"),
        Index("ix_work_items_held", "held_until"),
        Index("ix_work_items_image", "image_id"),
    )


class WorkImageTable(Base):
    """The images whose questions follow from their suggestions; `seq` is the event of these suggestions."""

    __tablename__ = "work_images"

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int]
