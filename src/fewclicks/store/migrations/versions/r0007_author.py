"""The author of each event, so that undo reverts only a person's own changes; earlier events have none."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("events", sa.Column("author", sa.String))
    op.create_index("ix_events_line", "events", ["author", "image_id", "seq"])
    op.drop_index("ix_events_redo", "events")
    op.create_index("ix_events_redo", "events", ["author", "image_id", "is_change", "parent", "seq"])
