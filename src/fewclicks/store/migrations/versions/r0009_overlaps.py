"""A class may allow its objects to share pixels with others; classes of earlier projects do not."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("classes", sa.Column("overlaps", sa.Boolean, nullable=False, server_default=sa.text("0")))
