"""Audit: who asked for what, when. Rows are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, insert, select

from syncengine.control.schema import METADATA, JsonText, UtcDateTime, utc_now

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("details", JsonText),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing somebody asked for."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Any


def add_audit(connection: Connection, *, actor: str, action: str, subject: str, details: Any = None) -> None:
    """Record that `actor` did `action` to `subject`."""
    connection.execute(insert(AUDIT).values(at=utc_now(), actor=actor, action=action, subject=subject, details=details))


def list_audit(connection: Connection, *, limit: int = 100) -> list[AuditEntry]:
    """The newest entries first."""
    rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)).mappings()
    return [AuditEntry(**row) for row in rows]
