"""An event holds all that it changed: its one annotation before and after becomes the first of a list."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

AS_LIST = """
UPDATE events
SET changes = '{"annotations":[[' || coalesce("before", 'null') || ',' || coalesce("after", 'null') || ']]}'
WHERE "before" IS NOT NULL OR "after" IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("events", sa.Column("changes", sa.Text))
    op.execute(AS_LIST)
    with op.batch_alter_table("events") as events:
        events.drop_column("before")
        events.drop_column("after")
