"""Which migration the control store is at, and which is the newest that this version knows.

Without Alembic, whose modules take longer to load than most commands take to answer: it is needed to migrate only.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

MIGRATIONS = Path(__file__).parent / "migrations"


def known_revisions() -> list[str]:
    """The revisions that this version knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def applied_revision(connection: Connection) -> str | None:
    """The revision that a store is at, or None when nothing was made in it yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return None if revision is None else str(revision)


def schema_versions(connection: Connection) -> tuple[str | None, str]:
    """The revision that is applied, and the newest one known."""
    return applied_revision(connection), known_revisions()[-1]
