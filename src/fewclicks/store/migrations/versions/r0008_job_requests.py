"""A job stores the ids of the requests that started and resumed it; those of earlier jobs are not known."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("requests", sa.JSON, nullable=False, server_default="[]"))
