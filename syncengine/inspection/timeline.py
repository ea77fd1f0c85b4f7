"""A product's timeline: what every run told a destination of it, which fields had changed, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from syncengine.changes.payload_diff import FieldDifference, diff_payloads
from syncengine.control.batches import elapsed_by_request
from syncengine.feeds.feed import Feed
from syncengine.inspection.states import feed_tables, filled
from syncengine.inspection.story import UnknownProductError, belongs_to_sku, scope_of, spelling
from syncengine.inspection.times import aware, iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One attempt to send one feed item. `operation`: insert, update, delete, resend.

    `outcome`: accepted, rejected, retry, unknown. `differences`: against what the destination had acknowledged before;
    for a first export and a removal none, as the whole item comes or goes.
    """

    at: datetime
    run_id: str
    run_sequence: int
    feed: str
    feed_id: str
    scope: str
    operation: str
    outcome: str
    differences: tuple[FieldDifference, ...]
    http_status: int | None
    error_code: str | None
    message: str | None
    batch_number: int | None
    request_id: str | None

    @property
    def sentence(self) -> str:
        """Why it was sent."""
        if self.operation == "insert":
            return "the destination did not have it"
        if self.operation == "delete":
            return "it left the catalog"
        if self.operation == "resend":
            return "it was to be sent again, unchanged"
        names = list(dict.fromkeys(edit.path.split(".")[0] for edit in self.differences))
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        return f"{shown} changed" if names else "its content changed"

    def as_json(self) -> dict[str, Any]:
        """One entry of `entries` in `history --json`."""
        names = ("run_id", "feed", "feed_id", "scope", "operation", "outcome", "http_status", "error_code", "message",
                 "batch_number", "request_id")  # fmt: skip
        return {
            "at": iso(self.at),
            **{name: getattr(self, name) for name in names},
            "fields": [
                {"path": edit.path, "before": edit.before, "after": edit.after, "change": edit.change}
                for edit in self.differences
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTimeline:
    """All attempts concerning one SKU at one destination, newest first."""

    sku: str
    destination: str
    entries: tuple[TimelineEntry, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `history --json`."""
        return {
            "sku": self.sku,
            "destination": self.destination,
            "entries": [entry.as_json() for entry in self.entries],
        }


def product_timeline(view: CatalogView, sku: str, *, destination: str | None = None) -> ProductTimeline:
    """What a destination was told of a SKU, run by run.

    Raises: UnknownProductError when nothing was ever sent of it, SettingsError, LakeUnavailableError (retriable).
    Source: inspection/sql/timeline.sql
    """
    wanted = view.destination_id(destination)
    reader = view.reader_or_none()
    entries: list[TimelineEntry] = []
    spelled = sku
    if reader is not None:
        spelled = spelling(reader, sku)
        for feed in view.feeds(reader):
            entries += _of_feed(view, reader, feed, spelled, wanted)
    if not entries:
        raise UnknownProductError(
            f"Nothing of `{sku}` was ever sent.", hint="`catalog-sync why` says how the product stands."
        )
    entries.sort(key=lambda entry: (entry.run_sequence, entry.at), reverse=True)
    return ProductTimeline(sku=spelled, destination=wanted, entries=tuple(entries))


def item_timeline(
    view: CatalogView, feed: Feed, feed_id: str, *, destination: str | None = None
) -> tuple[TimelineEntry, ...]:
    """What a destination was told of one feed item, newest first; () when nothing was. Raises: as product_timeline."""
    reader = view.reader_or_none()
    if reader is None or feed not in view.feeds(reader):
        return ()
    place = view.destination_id(destination)
    return tuple(reversed(_entries(view, reader, feed, "feed_id = $feed_id::UUID", {"feed_id": feed_id}, place)))


def last_told(view: CatalogView, feed: Feed, feed_id: str, *, destination: str | None = None) -> str | None:
    """The payload of an item that a destination acknowledged last, also of one removed since; None when none is kept.

    Source: inspection/sql/last_told.sql
    """
    reader = view.reader_or_none()
    if reader is None or "history" not in filled(view, reader, feed):
        return None
    statement = sql_text("last_told.sql").format(history=feed_tables(feed)["history"])
    found = rows(reader, statement, {"destination": view.destination_id(destination), "feed_id": feed_id})
    return str(found["payload"][0]) if len(found) else None


def request_times(view: CatalogView, entries: Sequence[TimelineEntry]) -> dict[str, float]:
    """How many seconds the requests of these attempts took, by request id, as far as their receipts are kept."""
    wanted = {entry.request_id for entry in entries if entry.request_id}
    with view.read_control() as connection:
        if connection is None or not wanted:
            return {}
        return elapsed_by_request(connection, {entry.run_id for entry in entries}, wanted)


def _of_feed(view: CatalogView, reader: LakeReader, feed: Feed, sku: str, destination: str) -> list[TimelineEntry]:
    belongs = belongs_to_sku(feed)
    return [] if belongs is None else _entries(view, reader, feed, belongs, {"sku": sku}, destination)


def _entries(
    view: CatalogView, reader: LakeReader, feed: Feed, condition: str, values: dict[str, Any], destination: str
) -> list[TimelineEntry]:
    """The attempts concerning the items that a condition of ours holds for, oldest first."""
    if "history" not in filled(view, reader, feed):
        return []
    statement = sql_text("timeline.sql").format(
        belongs=condition, identity=", ".join(feed.identity_columns), history=feed_tables(feed)["history"]
    )
    acknowledged: dict[str, dict[str, Any]] = {}
    entries = []
    for row in rows(reader, statement, {**values, "destination": destination}).iter_rows(named=True):
        after = None if row["payload"] is None else orjson.loads(row["payload"])
        entries.append(_entry(feed, row, acknowledged.get(row["feed_id"]), after))
        if row["outcome"] == "accepted":
            acknowledged.pop(row["feed_id"], None)
            if row["operation"] != "delete" and after is not None:
                acknowledged[row["feed_id"]] = after
    return entries


def _entry(
    feed: Feed, row: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any] | None
) -> TimelineEntry:
    compared = row["operation"] in ("update", "resend") and before is not None and after is not None
    at = aware(row["at"])
    assert at is not None
    names = ("run_id", "run_sequence", "feed_id", "operation", "outcome", "http_status", "error_code", "message",
             "batch_number", "request_id")  # fmt: skip
    return TimelineEntry(
        at=at,
        feed=feed.name,
        scope=scope_of(feed, row),
        differences=diff_payloads(before, after, feed) if compared else (),
        **{name: row[name] for name in names},
    )
