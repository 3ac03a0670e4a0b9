"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _settings()
    _images()
    _log()


def _settings() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("images", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "classes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("color", sa.String, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("position", sa.Integer),
    )


def _images() -> None:
    op.create_table(
        "images",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("file_name", sa.String, nullable=False, unique=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("mtime_ns", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("problem", sa.String),
    )
    op.create_index("ix_images_position", "images", ["position"])
    op.create_index("ix_images_content_hash", "images", ["content_hash"])
    op.create_table(
        "image_status",
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id"), primary_key=True),
        sa.Column("status", sa.String, nullable=False),
    )


def _log() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("verb", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id")),
        sa.Column("annotation_id", sa.String),
        sa.Column("parent", sa.Integer),
        sa.Column("head", sa.Integer),
        sa.Column("is_change", sa.Boolean, nullable=False),
        sa.Column("clicks", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("model_ms", sa.Float),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
    )
    op.create_index("ix_events_annotation_id", "events", ["annotation_id"])
    op.create_index("ix_events_effort", "events", ["image_id", "seconds", "clicks"])
    op.create_index("ix_events_redo", "events", ["is_change", "parent", "seq"])
    op.create_index("ix_events_kind", "events", ["kind"])
    op.create_table(
        "annotations",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id"), nullable=False),
        sa.Column("class_id", sa.Integer, sa.ForeignKey("classes.id"), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("quality", sa.Float),
        sa.Column("snapshot", sa.Text, nullable=False),
    )
    op.create_index("ix_annotations_class_id", "annotations", ["class_id"])
    op.create_index("ix_annotations_image", "annotations", ["image_id", "state", "quality", "seq"])
