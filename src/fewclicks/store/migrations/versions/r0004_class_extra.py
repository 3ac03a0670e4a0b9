"""A class keeps what imported files said of it besides; of those imported before, that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("classes", sa.Column("extra", sa.JSON, nullable=False, server_default="{}"))
