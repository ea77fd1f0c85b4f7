"""Who asked for what, and who was refused."""

from __future__ import annotations

from syncengine.control.audit import AuditEntry, list_audit
from syncengine.inspection.view import CatalogView


def recent_audit(view: CatalogView, *, limit: int = 100) -> list[AuditEntry]:
    """The newest entries first; none before the first request. Raises: ControlError."""
    with view.read_control() as connection:
        return [] if connection is None else list_audit(connection, limit=limit)
