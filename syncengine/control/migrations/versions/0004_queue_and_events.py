"""Why a request was rejected and when one was finished; events that no request has been made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, the index and the table of schema 0004."""
    op.add_column("requests", sa.Column("reason", sa.Text))
    op.add_column("requests", sa.Column("finished_at", sa.DateTime))
    op.create_index("ix_requests_status_fingerprint", "requests", ["status", "fingerprint"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("touched", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
