"""Work items: questions about suggestions, each with its place in the queue, its lease and its answer."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "work_items",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id"), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("sureness", sa.Float, nullable=False),
        sa.Column("strategy", sa.String, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("held_until", sa.Float, nullable=False),
        sa.Column("answered_by", sa.String, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
    )
    op.create_index("ix_work_items_order", "work_items", ["answer", "place", "sureness", "id"])
    op.create_index("ix_work_items_holder", "work_items", ["answer", "holder"])
    op.create_index("ix_work_items_held", "work_items", ["held_until"])
    op.create_index("ix_work_items_image", "work_items", ["image_id"])
    op.create_table(
        "work_images",
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id"), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_index("ix_events_verb", "events", ["verb"])
