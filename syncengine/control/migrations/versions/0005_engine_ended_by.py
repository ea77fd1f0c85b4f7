"""What ended the engine: a signal, an error, or neither."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column of schema 0005."""
    op.add_column("engine", sa.Column("ended_by", sa.String(40)))
