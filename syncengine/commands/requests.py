"""The resync queue as people use it: ask for a sync, let it start now, take the wish back."""

from __future__ import annotations

from syncengine.commands.request_form import request_fingerprint, request_json
from syncengine.control.audit import add_audit
from syncengine.control.requests import ResyncRequest, add_request, set_request, set_start_now
from syncengine.control.store import ControlStore
from syncengine.pipeline import SyncOptions

_LISTED_VALUES = 20  # of what may be thousands, in the audit


def request_sync(control: ControlStore, options: SyncOptions, *, start_now: bool) -> ResyncRequest:
    """Queue what `options` ask for; the same request that still waits is returned instead of queueing twice.

    Durable when this returns: a kill of any process does not lose it.
    Raises: UnknownFeedError; SettingsError when it names too many products; QueueFullError.
    """
    asked = request_json(options)
    with control.write() as connection:
        request = add_request(
            connection,
            fingerprint=request_fingerprint(asked),
            options=asked,
            requested_by=options.requested_by,
            start_now=start_now,
        )
        add_audit(
            connection,
            actor=options.requested_by,
            action="request sync",
            subject=request.request_id,
            details={**asked, "values": asked["values"][:_LISTED_VALUES], "touched": None, "start_now": start_now},
        )
    return request


def start_now(control: ControlStore, request_id: str, *, actor: str) -> bool:
    """Let a request that waits for its window start at once; False when none of that id waits."""
    with control.write() as connection:
        started = set_start_now(connection, request_id)
        if started:
            add_audit(connection, actor=actor, action="start request now", subject=request_id)
    return started


def cancel_request(control: ControlStore, request_id: str, *, actor: str) -> bool:
    """Take back a request that no run has taken; False when it is too late or unknown."""
    with control.write() as connection:
        cancelled = set_request(connection, request_id, "cancelled")
        if cancelled:
            add_audit(connection, actor=actor, action="cancel request", subject=request_id)
    return cancelled
