"""The tables of `project.db`.

`events` is the log and is only ever appended to; `annotations` and `proposals` are what the log amounts to and can be
rebuilt from it (see `replay.py`). Both travel as JSON (see `snapshots.py`, `proposals.py`).
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Float, ForeignKey, Index, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {float: Float()}  # releases of SQLAlchemy differ in what a float becomes


class ProjectTable(Base):
    """The one row that says what this project is.

    `images` is the image folder, relative to the project or absolute; `uid` is no other project's.
    """

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    images: Mapped[str]
    created_at: Mapped[datetime]
    uid: Mapped[str] = mapped_column(server_default=text("''"))


class ClassTable(Base):
    """`position` is null for a class that was taken out: undo may need it again.

    `extra` is what imported files said of it besides. It is no part of `ClassRow`, so edits of the classes and their
    undo leave it as it is.
    """

    __tablename__ = "classes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    color: Mapped[str]
    policy: Mapped[str] = mapped_column(Text)
    position: Mapped[int | None]
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, server_default=text("'{}'"))


class ImageTable(Base):
    """`position` is the natural order of the names; `problem` says why the image cannot be opened."""

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
    """An image without a row is still to do."""

    __tablename__ = "image_status"

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True)
    status: Mapped[str]


class EventTable(Base):
    """One acknowledged request.

    `changes` is all that it changed, before and after (see `events.py`; null: nothing), `annotation_id` the first
    annotation among it. `parent` and `head` make undo a walk in a tree that only grows: `head` is the change that
    undo would take back after this event, `parent` is what `head` was before it. So redo is the latest change whose
    parent is the present head.
    """

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    verb: Mapped[str]
    kind: Mapped[str]
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id"))
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
        Index("ix_events_redo", "is_change", "parent", "seq"),
        Index("ix_events_kind", "kind"),
    )


class AnnotationTable(Base):
    """The present state of one object; the columns beside `snapshot` are there to be counted without reading it."""

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
    """What was clicked in an image to find objects, and what is proposed; an image without a row was not clicked in.

    `clicks` are those of `snapshot`, to be read without it; `seq` is the event that changed them last.
    """

    __tablename__ = "proposals"

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int]
    clicks: Mapped[str] = mapped_column(Text)
    snapshot: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_proposals_seq", "seq"),)


class JobTable(Base):
    """Long work in a process of its own; `curve` and `result` are what the job itself says (see `jobs.py`)."""

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


class ChosenModelTable(Base):
    """Which version of a model answers for a method; one without a row is answered by the shipped model."""

    __tablename__ = "chosen_models"

    method: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
