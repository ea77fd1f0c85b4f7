"""The first tables: runs, feed runs, outboxes, receipts, the resync queue, the engine, settings, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COUNTS = (
    "catalog", "unchanged", "added", "changed", "skipped", "removed", "resent",
    "sent", "accepted", "rejected", "waiting", "requests", "set_aside",
)  # fmt: skip


def upgrade() -> None:
    """Create the tables of schema 0001."""
    op.create_table(
        "runs",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.String(40), nullable=False, unique=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("step", sa.String(16)),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(24), nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("feeds", sa.Text, nullable=False),
        sa.Column("source", sa.String(400)),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("error_code", sa.String(8)),
        sa.Column("error_message", sa.Text),
        sa.Column("error_hint", sa.Text),
        sa.Column("catalog_snapshot", sa.Integer),
        sa.Column("exported_snapshot", sa.Integer),
        sa.Column("products_updated", sa.Integer),
        sa.Column("details", sa.Text),
        sa.Column("progress", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_runs",
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("destination", sa.String(80), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        *[sa.Column(name, sa.Integer, nullable=False) for name in _COUNTS],
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.create_table(
        "outboxes",
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("destination", sa.String(80), primary_key=True),
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("batches", sa.Integer, nullable=False),
    )
    op.create_table(
        "batches",
        sa.Column("run_id", sa.String(40), primary_key=True),
        sa.Column("destination", sa.String(80), primary_key=True),
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("batch_number", sa.Integer, primary_key=True),
        sa.Column("first_position", sa.Integer, primary_key=True),
        sa.Column("end_position", sa.Integer, primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("http_status", sa.Integer),
        sa.Column("request_id", sa.String(200)),
        sa.Column("message", sa.Text),
        sa.Column("rejections", sa.Text),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("elapsed_seconds", sa.Float, nullable=False),
        sa.Column("answered_at", sa.DateTime, nullable=False),
        sa.Column("fold", sa.Integer),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("request_id", sa.String(40), nullable=False, unique=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requested_at", sa.DateTime, nullable=False),
        sa.Column("start_now", sa.Boolean, nullable=False),
        sa.Column("run_id", sa.String(40)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "engine",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("heartbeat_at", sa.DateTime, nullable=False),
        sa.Column("next_sync_at", sa.DateTime),
        sa.Column("running", sa.Boolean, nullable=False),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("value", sa.Text),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("details", sa.Text),
    )
