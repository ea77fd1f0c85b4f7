"""From events to one request: what was said to have changed is collected, then asked for at once.

The first event starts the clock, later ones do not push it on: nothing waits longer than `debounce_seconds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncengine.catalog import Touched
from syncengine.commands.request_form import MAX_VALUES, request_fingerprint, request_json
from syncengine.control.events import Event, first_event_at, take_events
from syncengine.control.requests import ResyncRequest, add_request
from syncengine.control.store import ControlStore
from syncengine.pipeline import SyncOptions

TRIGGER = "event"
_PRICES = {"prices", "base_prices", "special_prices", "tier_prices", "catalog_rule_prices"}


def request_of_events(control: ControlStore, *, now: datetime, debounce_seconds: float) -> ResyncRequest | None:
    """The request that the collected events came to, now queued; None while none wait or more may come.

    The events go in the same breath as the request comes: a kill loses neither.
    """
    with control.read() as connection:
        first = first_event_at(connection)
    # an event of the future is of a clock that was put back
    if first is None or first <= now < first + timedelta(seconds=debounce_seconds):
        return None
    with control.write() as connection:
        events = take_events(connection)
        if not events:
            return None
        options = options_of_events(events)
        asked = request_json(options)
        return add_request(
            connection,
            fingerprint=request_fingerprint(asked),
            options=asked,
            requested_by=options.requested_by,
            start_now=True,
        )


def options_of_events(events: Sequence[Event]) -> SyncOptions:
    """One sync of all that the events name; of very much, or of everything, a full one."""
    skus = list(dict.fromkeys(sku for event in events for sku in event.touched.get("skus", ())))
    ids = list(dict.fromkeys(id_ for event in events for id_ in event.touched.get("ids", ())))
    entities = {entity for event in events for entity in event.touched.get("entities", ())}
    everything = any(event.touched.get("everything") for event in events) or max(len(skus), len(ids)) > MAX_VALUES
    actors = list(dict.fromkeys(event.actor for event in events))
    return SyncOptions(
        full=everything,
        touched=None if everything else Touched(skus=tuple(skus), ids=tuple(ids), prices=bool(entities & _PRICES)),
        trigger=TRIGGER,
        requested_by=people(actors),
    )


def people(names: Sequence[str]) -> str:
    """Several names in the room of one."""
    told = ", ".join(names[:3])
    return (told if len(names) <= 3 else f"{told} and {len(names) - 3} more")[:200]
