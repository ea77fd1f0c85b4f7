"""The audit: only ever added to, newest first."""

from __future__ import annotations

from datetime import UTC

from syncengine.control.audit import add_audit, list_audit
from syncengine.control.store import ControlStore


def test_entries_are_listed_newest_first_with_who_and_what(store: ControlStore) -> None:
    with store.write() as connection:
        for number in range(3):
            add_audit(connection, actor="ann", action="resync", subject=f"feed-{number}", details={"n": number})

    with store.read() as connection:
        entries = list_audit(connection, limit=2)
    assert [(entry.actor, entry.action, entry.subject, entry.details) for entry in entries] == [
        ("ann", "resync", "feed-2", {"n": 2}),
        ("ann", "resync", "feed-1", {"n": 1}),
    ]
    assert entries[0].at.tzinfo is UTC
