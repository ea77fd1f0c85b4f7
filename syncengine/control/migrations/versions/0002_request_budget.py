"""Requests per destination and day, so that a restart does not break a daily cap."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of schema 0002."""
    op.create_table(
        "request_budget",
        sa.Column("destination", sa.String(80), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
    )
