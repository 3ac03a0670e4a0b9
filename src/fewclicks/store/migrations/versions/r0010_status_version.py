"""The status of an image has a version, the id of the request that set it; it is empty for earlier requests."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("image_status", sa.Column("version", sa.String, nullable=False, server_default=sa.text("''")))
