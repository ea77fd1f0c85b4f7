"""A live check of some products: asked for by people, made by the engine, which alone asks the store.

One at a time. The question and its answer are kept apart, so that asking anew never loses what was found before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from syncengine.control.schema import utc_now
from syncengine.control.settings import get_setting, put_setting

MOST_SKUS = 200
_ASKED, _ANSWER = "live-check:asked", "live-check:answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDifference:
    """One feed item on which the store of now, the last snapshot and the export do not agree.

    `fields`: path, exported value and value in the store as texts, of the first fields that differ.
    """

    sku: str
    feed: str
    feed_id: str
    scope: str
    sentence: str
    fields: tuple[tuple[str, str, str], ...]
    more_fields: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFindings:
    """What a check found. `unknown`: SKUs of which neither store nor lake know; `left_out`: items not in `items`.

    `error`, with its `hint`: why it could not be made; nothing else is told then.
    """

    agreeing: int = 0
    differing: int = 0
    unknown: tuple[str, ...] = ()
    items: tuple[LiveDifference, ...] = ()
    left_out: int = 0
    seconds: float = 0.0
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCheck:
    """The last check that was asked for. `began_at` None: the engine has not taken it; `found` None: not yet made."""

    asked_at: datetime
    asked_by: str
    skus: tuple[str, ...]
    destination: str | None
    began_at: datetime | None
    finished_at: datetime | None
    found: LiveFindings | None


def ask_live_check(connection: Connection, skus: Sequence[str], *, destination: str | None, by: str) -> bool:
    """Ask for a check; False when one is asked for already and not made yet."""
    known = last_live_check(connection)
    if known is not None and known.found is None:
        return False
    asked = {"at": utc_now().isoformat(), "by": by, "skus": list(skus), "destination": destination, "began_at": None}
    put_setting(connection, _ASKED, asked)
    return True


def begin_live_check(connection: Connection) -> None:
    """Say that the check which was asked for is being made."""
    asked = get_setting(connection, _ASKED)
    put_setting(connection, _ASKED, {**asked, "began_at": utc_now().isoformat()})


def keep_findings(connection: Connection, asked_at: datetime, found: LiveFindings) -> None:
    """Keep what the check that was asked for at that time has found."""
    answer = {"asked_at": asked_at.isoformat(), "finished_at": utc_now().isoformat(), "found": asdict(found)}
    put_setting(connection, _ANSWER, answer)


def last_live_check(connection: Connection) -> LiveCheck | None:
    """The check that was asked for last, with its answer if there is one; None before the first."""
    asked: dict[str, Any] | None = get_setting(connection, _ASKED)
    if asked is None:
        return None
    answer = get_setting(connection, _ANSWER)
    answered = answer if answer is not None and answer["asked_at"] == asked["at"] else None
    return LiveCheck(
        asked_at=datetime.fromisoformat(asked["at"]),
        asked_by=asked["by"],
        skus=tuple(asked["skus"]),
        destination=asked["destination"],
        began_at=None if asked["began_at"] is None else datetime.fromisoformat(asked["began_at"]),
        finished_at=None if answered is None else datetime.fromisoformat(answered["finished_at"]),
        found=None if answered is None else _findings(answered["found"]),
    )


def _findings(kept: dict[str, Any]) -> LiveFindings:
    items = tuple(
        LiveDifference(**{**item, "fields": tuple(tuple(field) for field in item["fields"])}) for item in kept["items"]
    )
    return LiveFindings(**{**kept, "unknown": tuple(kept["unknown"]), "items": items})
