"""Every project gets an id of its own; contents are hashed whole, so the hashes of before are made again."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("project", sa.Column("uid", sa.String, nullable=False, server_default=""))
    project, images = sa.table("project", sa.column("uid")), sa.table("images", sa.column("content_hash"))
    op.execute(project.update().values(uid=uuid4().hex))
    op.execute(images.update().values(content_hash=""))
