"""What was clicked in images for a method that finds objects, and what it proposes; before, nobody could."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id"), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("clicks", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
    )
    op.create_index("ix_proposals_seq", "proposals", ["seq"])
