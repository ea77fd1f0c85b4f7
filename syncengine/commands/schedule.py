"""The schedule as people use it: pause it with a reason, let it go on, tell it what has just changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from syncengine.catalog import ENTITIES
from syncengine.commands.request_form import MAX_VALUES
from syncengine.control.audit import add_audit
from syncengine.control.events import add_event, first_event_at
from syncengine.control.schedule_pause import SchedulePause, drop_pause, get_pause, put_pause
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore
from syncengine.errors import SettingsError
from syncengine.feeds.registry import FEEDS

_MAX_REASON = 500
_MAX_TEXT = 255
_LISTED = 20  # of what may be thousands, in the audit


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchReceipt:
    """An event that was taken: how much it named, since when events are collected, and what holds them back."""

    named: int
    waiting_events: int
    collected_since: datetime
    paused: str | None = None


def pause_schedule(control: ControlStore, *, reason: str, actor: str) -> SchedulePause:
    """Start no sync by the schedule until it is resumed. Raises: SettingsError without a reason."""
    said = " ".join(reason.split())[:_MAX_REASON]
    if not said:
        raise SettingsError("A pause needs a reason.", hint="Say why, for those who wonder: `--reason`.")
    with control.write() as connection:
        pause = put_pause(connection, reason=said, by=actor)
        add_audit(connection, actor=actor, action="pause schedule", subject="schedule", details={"reason": said})
    return pause


def resume_schedule(control: ControlStore, *, actor: str) -> bool:
    """Let the schedule go on: what it missed is made up for by one sync. False when it was not paused."""
    with control.write() as connection:
        was_paused = drop_pause(connection)
        if was_paused:
            add_audit(connection, actor=actor, action="resume schedule", subject="schedule")
    return was_paused


def schedule_pause(control: ControlStore) -> SchedulePause | None:
    """The pause in force: reason, who, when; None when the schedule is not paused."""
    with control.read() as connection:
        return get_pause(connection)


def touch(
    control: ControlStore,
    *,
    skus: Sequence[str] = (),
    ids: Sequence[int] = (),
    entities: Sequence[str] = (),
    everything: bool = False,
    actor: str,
) -> TouchReceipt:
    """Say what has changed in the store: one sync of just that follows, after the events of a minute were collected.

    `entities`: feeds or kinds of records. Durable when this returns. Raises: SettingsError when it names nothing, too
    much, or an entity that there is not.
    """
    skus, ids, entities = list(dict.fromkeys(skus)), list(dict.fromkeys(ids)), list(dict.fromkeys(entities))
    _check(skus, ids, entities, everything=everything)
    named = {"skus": skus, "ids": ids, "entities": entities, "everything": everything}
    with control.write() as connection:
        waiting = add_event(connection, actor=actor, touched=named)
        since = first_event_at(connection)
        pause = get_pause(connection)
        short = {**named, "skus": skus[:_LISTED], "ids": ids[:_LISTED]}
        add_audit(connection, actor=actor, action="touch", subject="catalog", details=short)
    return TouchReceipt(
        named=len(skus) + len(ids) + len(entities),
        waiting_events=waiting,
        collected_since=since or utc_now(),
        paused=None if pause is None else pause.reason,
    )


def _check(skus: Sequence[str], ids: Sequence[int], entities: Sequence[str], *, everything: bool) -> None:
    if not (skus or ids or entities or everything):
        raise SettingsError("The event names nothing.", hint="Give skus, ids or entities, or say everything.")
    if max(len(skus), len(ids)) > MAX_VALUES:
        raise SettingsError(f"An event may name {MAX_VALUES:,} products at most.", hint="Say everything instead.")
    if any(not sku.strip() or len(sku) > _MAX_TEXT or "\x00" in sku for sku in skus):
        raise SettingsError(f"A SKU is a text of 1 to {_MAX_TEXT} characters.", hint="Mend the list.")
    if any(not 0 < id_ < 2**63 for id_ in ids):
        raise SettingsError("An id is a whole number above zero.", hint="Mend the list.")
    known = {*FEEDS, *ENTITIES}
    for entity in entities:
        if entity not in known:
            raise SettingsError(f"There is no entity `{entity}`.", hint=f"There are: {', '.join(sorted(known))}.")
