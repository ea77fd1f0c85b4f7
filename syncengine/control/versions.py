"""Which migration the control store is at, and which is the newest that this version knows."""

from __future__ import annotations

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"


def schema_versions(connection: Connection) -> tuple[str | None, str | None]:
    """The revision that is applied, and the newest one known."""
    applied = MigrationContext.configure(connection).get_current_revision()
    return applied, ScriptDirectory(str(_MIGRATIONS)).get_current_head()
