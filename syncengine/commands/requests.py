"""The resync queue as people use it: ask for a sync, take the wish back."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from syncengine.control.audit import add_audit
from syncengine.control.requests import ResyncRequest, add_request, set_request
from syncengine.control.store import ControlStore
from syncengine.feeds.registry import get_feeds
from syncengine.pipeline import SyncOptions


def request_sync(control: ControlStore, options: SyncOptions, *, start_now: bool) -> ResyncRequest:
    """Queue what `options` ask for; the same request that still waits is returned instead of queueing twice.

    Durable when this returns: a kill of any process does not lose it. Raises: UnknownFeedError.
    """
    asked: dict[str, Any] = {
        "feeds": [feed.name for feed in get_feeds(options.feeds)] if options.feeds else [],
        "resync": options.selection.resync,
        "by": options.selection.by,
        "values": list(options.selection.values),
        "since": options.selection.since.isoformat() if options.selection.since else None,
        "tombstones": options.selection.tombstones,
        "catalog_snapshot": options.selection.catalog_snapshot,
        "batch_items": options.batch_items,
        "connections": options.connections,
        "no_reindex": options.no_reindex,
        "full": options.full,
        "dry_run": options.dry_run,
        "destination": options.destination,
        "force": options.force,
        "trigger": options.trigger,
    }
    fingerprint = hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
    with control.write() as connection:
        request = add_request(
            connection,
            fingerprint=fingerprint,
            options=asked,
            requested_by=options.requested_by,
            start_now=start_now,
        )
        add_audit(
            connection,
            actor=options.requested_by,
            action="request sync",
            subject=request.request_id,
            details={**asked, "start_now": start_now},
        )
    return request


def cancel_request(control: ControlStore, request_id: str, *, actor: str) -> bool:
    """Take back a request that no run has finished; False when it is too late or unknown."""
    with control.write() as connection:
        cancelled = set_request(connection, request_id, "cancelled")
        if cancelled:
            add_audit(connection, actor=actor, action="cancel request", subject=request_id)
    return cancelled
