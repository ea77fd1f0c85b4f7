"""One feed item as it was in two moments, and what changed in it between them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson

from syncengine.changes.payload_diff import FieldDifference, diff_payloads
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import Moment
from syncengine.inspection.changes import Side
from syncengine.inspection.states import feed_tables
from syncengine.inspection.view import CatalogView, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemThen:
    """Both payloads as JSON text, None where the state has no such item; `differences` where both have it."""

    feed: str
    feed_id: str
    before: str | None
    after: str | None
    differences: tuple[FieldDifference, ...]


def item_between(
    view: CatalogView,
    feed_name: str,
    feed_id: str,
    *,
    before: Moment,
    after: Moment,
    side: Side = "catalog",
    destination: str | None = None,
) -> ItemThen:
    """An item in the catalog, or as a destination had acknowledged it, in two moments; an id that neither knows: twice
    None. Raises: UnknownFeedError, SettingsError, LakeUnavailableError (retriable).
    """
    feed = get_feed(feed_name)
    place = view.destination_id(destination)
    try:
        wanted = str(UUID(feed_id))
    except ValueError:
        return ItemThen(feed=feed.name, feed_id=feed_id, before=None, after=None, differences=())
    first, second = (_payload(view, feed_name, wanted, moment, side, place) for moment in (before, after))
    edits: tuple[FieldDifference, ...] = ()
    if first is not None and second is not None:
        edits = diff_payloads(orjson.loads(first), orjson.loads(second), view.contract(feed))
    return ItemThen(feed=feed.name, feed_id=wanted, before=first, after=second, differences=edits)


def _payload(view: CatalogView, feed_name: str, feed_id: str, moment: Moment, side: Side, place: str) -> str | None:
    reader, feed = view.reader(), get_feed(feed_name)
    if feed not in view.feeds(reader, moment.snapshot_id):
        return None
    condition = "" if side == "catalog" else " AND destination = $destination AND NOT is_deleted"
    found = rows(
        reader,
        f"SELECT payload FROM {feed_tables(feed, moment.snapshot_id)[side]} WHERE feed_id = $feed_id::UUID{condition}",
        {"feed_id": feed_id, **({"destination": place} if condition else {})},
    )
    return found["payload"][0] if len(found) else None
