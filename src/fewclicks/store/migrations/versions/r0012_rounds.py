"""Settings of learning rounds, none of which anybody has changed in earlier projects."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("project", sa.Column("rounds", sa.JSON, nullable=False, server_default=sa.text("'{}'")))
