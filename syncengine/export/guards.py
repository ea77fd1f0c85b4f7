"""Guards: when an export stops before anything is sent, and asks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import duckdb

from syncengine.changes.plan import ExportPlan
from syncengine.settings import GuardSettings


def approval_key(destination: str, feed: str) -> str:
    """The setting under which an approved set of deletes is kept."""
    return f"approved-deletes:{destination}:{feed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldExport:
    """A feed whose export waits for somebody's approval, and the fingerprint of just this set of deletes."""

    feed: str
    destination: str
    removed: int
    exported: int
    fingerprint: str

    @property
    def approval_key(self) -> str:
        """The setting under which an approval of this set is kept."""
        return approval_key(self.destination, self.feed)

    @property
    def sentence(self) -> str:
        """What people read."""
        share = 100 * self.removed / self.exported
        return f"`{self.feed}`: {self.removed:,} of {self.exported:,} items ({share:.0f} %) would be removed."


def mass_delete(connection: duckdb.DuckDBPyConnection, plan: ExportPlan, guard: GuardSettings) -> HeldExport | None:
    """The hold that this plan deserves, or None: more deletes than both the share and the number allow."""
    if plan.removed <= guard.delete_items or plan.removed * 100 <= plan.exported * guard.delete_percent:
        return None
    digest = hashlib.sha256()
    rows = connection.execute(f"SELECT feed_id::VARCHAR FROM {plan.table} WHERE operation = 'delete' ORDER BY feed_id")
    while some := rows.fetchmany(10_000):
        digest.update("".join(f"{feed_id}\n" for (feed_id,) in some).encode())
    return HeldExport(
        feed=plan.feed.name,
        destination=plan.destination,
        removed=plan.removed,
        exported=plan.exported,
        fingerprint=digest.hexdigest(),
    )
