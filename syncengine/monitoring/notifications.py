"""Telling people of a change of state, once: the state is in the control store, so a restart repeats nothing.

Any process may look (the engine, the app, `status --notify` for cron): the control store lets one of them make a
change. What is to be told stands there until a channel took it, so that a message survives the process too; a channel
that failed is tried again by whoever looks next. So a message may come twice, with the same id.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection

from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting, put_setting
from syncengine.control.store import ControlStore
from syncengine.errors import CatalogSyncError, Retriable
from syncengine.monitoring.conditions import Conditions, Trouble

STATE_KEY = "notify state"
PENDING_KEY = "notify pending"
GRACE: Mapping[str, timedelta] = {"not_running": timedelta(minutes=5)}  # a restart is no outage
LEASE = timedelta(minutes=5)  # longer than any channel tries
GIVEN_UP_AFTER = timedelta(days=2)
_MOST_PENDING = 100


class NotifyError(CatalogSyncError, Retriable):
    """A notification did not get through; it is tried again."""

    code = "CS0008"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One change of state. `state`: problem, or recovered; `since`: when the problem began."""

    id: str
    event: str
    state: str
    at: str
    since: str
    title: str
    message: str
    hint: str = ""
    run_id: str | None = None


class Channel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """What it is called in the control store: webhook or mail."""

    def send(self, notification: Notification) -> None:
        """Deliver it. Raises: NotifyError."""


def note_changes(
    control: ControlStore, found: Conditions, events: Sequence[str], channels: Sequence[str], *, now: datetime
) -> list[Notification]:
    """Compare what is found with what was told last, and queue a notification for each change; returns those."""
    with control.write() as connection:
        before: dict[str, dict[str, Any]] = get_setting(connection, STATE_KEY) or {}
        after, changes = dict(before), []
        for event, trouble in found.items():
            if event not in events:
                continue
            known = before.get(event)
            if trouble is None:
                after.pop(event, None)
                if known is not None and known["told"]:
                    changes.append(_recovered(event, known, now))
                continue
            known = known or {"since": now.isoformat(), "told": False, "title": trouble.title}
            began = datetime.fromisoformat(known["since"])
            if not known["told"] and now - began >= GRACE.get(event, timedelta(0)):
                known = known | {"told": True, "title": trouble.title}
                changes.append(_problem(event, trouble, known, now))
            after[event] = known
        if after != before:
            put_setting(connection, STATE_KEY, after)
        if changes:
            _queue(connection, changes, channels)
    return changes


def _problem(event: str, trouble: Trouble, known: Mapping[str, Any], now: datetime) -> Notification:
    return Notification(
        id=f"n-{secrets.token_hex(8)}", event=event, state="problem", at=now.isoformat(), since=known["since"],
        title=trouble.title, message=trouble.message, hint=trouble.hint, run_id=trouble.run_id,
    )  # fmt: skip


def _recovered(event: str, known: Mapping[str, Any], now: datetime) -> Notification:
    lasted = now - datetime.fromisoformat(known["since"])
    minutes = max(0, round(lasted.total_seconds() / 60))
    return Notification(
        id=f"n-{secrets.token_hex(8)}", event=event, state="recovered", at=now.isoformat(), since=known["since"],
        title=f"Recovered: {known['title']}", message=f"It is well again; it was not for {minutes:,} minutes.",
    )  # fmt: skip


def _queue(connection: Connection, changes: Sequence[Notification], channels: Sequence[str]) -> None:
    pending: list[dict[str, Any]] = get_setting(connection, PENDING_KEY) or []
    pending += [{"channel": channel, "until": None, **asdict(change)} for change in changes for channel in channels]
    put_setting(connection, PENDING_KEY, pending[-_MOST_PENDING:])


def deliver_pending(
    control: ControlStore, channels: Sequence[Channel], *, now: Callable[[], datetime] = utc_now
) -> list[NotifyError]:
    """Send what waits, oldest first; returns what went wrong. What another process is sending now is left to it."""
    by_name = {channel.name: channel for channel in channels}
    errors: list[NotifyError] = []
    for entry in _claimed(control, by_name, now()):
        values = {name: entry[name] for name in Notification.__slots__}
        try:
            by_name[entry["channel"]].send(Notification(**values))
        except NotifyError as error:
            errors.append(error)
            _settle(control, entry, done=now() - datetime.fromisoformat(entry["at"]) > GIVEN_UP_AFTER)
        else:
            _settle(control, entry, done=True)
    return errors


def _claimed(control: ControlStore, channels: Mapping[str, Channel], now: datetime) -> list[dict[str, Any]]:
    """The entries that are ours to send, marked so for the length of a lease."""
    with control.read() as connection:
        if not get_setting(connection, PENDING_KEY):
            return []
    with control.write() as connection:
        pending: list[dict[str, Any]] = get_setting(connection, PENDING_KEY) or []
        ours = []
        for entry in pending:
            is_free = entry["until"] is None or datetime.fromisoformat(entry["until"]) < now
            if entry["channel"] in channels and is_free:
                entry["until"] = (now + LEASE).isoformat()
                ours.append(entry)
        put_setting(connection, PENDING_KEY, pending)
    return ours


def _settle(control: ControlStore, entry: Mapping[str, Any], *, done: bool) -> None:
    """Take an entry out, or give it free again."""
    with control.write() as connection:
        pending: list[dict[str, Any]] = get_setting(connection, PENDING_KEY) or []
        left = []
        for item in pending:
            if (item["id"], item["channel"]) == (entry["id"], entry["channel"]):
                if done:
                    continue
                item = item | {"until": None}
            left.append(item)
        put_setting(connection, PENDING_KEY, left)
