"""One product: every feed item of its SKU, what the catalog says of it beside what the destination was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from syncengine.changes.payload_diff import FieldDifference, diff_payloads
from syncengine.errors import SettingsError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.states import feed_tables, filled, state_expression
from syncengine.inspection.times import aware, iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.reader import LakeReader

Kind = Literal["equal", "different", "only_catalog", "only_exported"]

# the identity columns that hold a SKU; the others say in which scope an item is valid, named from wide to narrow
SKU_COLUMNS = ("sku", "parent_sku", "product_sku")
SCOPE_COLUMNS = ("website_code", "store_view_code", "stock_id", "customer_group_code")


class UnknownProductError(SettingsError):
    """A SKU that neither the catalog nor a destination knows."""

    code = "CS1004"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The last answer to an item that was not a plain acceptance. `outcome`: rejected, retry, unknown, dead_letter."""

    outcome: str
    operation: str
    http_status: int | None
    error_code: str | None
    message: str | None
    attempts: int
    next_attempt_at: datetime | None
    request_id: str | None
    run_id: str
    tried_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The answer as a JSON object."""
        return {
            "outcome": self.outcome,
            "operation": self.operation,
            "http_status": self.http_status,
            "error_code": self.error_code,
            "message": self.message,
            "attempts": self.attempts,
            "next_attempt_at": iso(self.next_attempt_at),
            "request_id": self.request_id,
            "run_id": self.run_id,
            "tried_at": iso(self.tried_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryItem:
    """One feed item of a product at one destination; `catalog` and `exported` are the payloads as JSON text.

    `exported` is None when nothing is held: never exported, or its removal was acknowledged (state `removed`).
    """

    feed: str
    feed_id: str
    identity: dict[str, str]
    scope: str
    state: str
    last_exported_at: datetime | None
    last_modified_at: datetime | None
    catalog: str | None
    exported: str | None
    catalog_hash: str | None
    exported_hash: str | None
    source_entity_id: str | None
    exported_by: str | None
    exported_request: str | None
    refusal: Refusal | None

    @property
    def kind(self) -> Kind | None:
        """How the two sides compare, by their hashes; None when neither holds the item."""
        if self.catalog is None and self.exported is None:
            return None
        if self.exported is None:
            return "only_catalog"
        if self.catalog is None:
            return "only_exported"
        return "equal" if self.catalog_hash == self.exported_hash else "different"

    def as_json(self) -> dict[str, Any]:
        """One entry of `feeds` in `products show --json`."""
        return {
            "feed": self.feed,
            "feed_id": self.feed_id,
            "scope": self.scope,
            "state": self.state,
            "last_exported_at": iso(self.last_exported_at),
            "catalog": None if self.catalog is None else orjson.loads(self.catalog),
            "exported": None if self.exported is None else orjson.loads(self.exported),
            "identity": self.identity,
            "last_modified_at": iso(self.last_modified_at),
            "run_id": self.exported_by,
            "request_id": self.exported_request,
            "answer": None if self.refusal is None else self.refusal.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideRecord:
    """A record that the last index could not compile, and why; its earlier item, if any, stays as it was."""

    feed: str
    source_entity_id: str | None
    scope: str | None
    code: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """The record as a JSON object."""
        return {name: getattr(self, name) for name in ("feed", "source_entity_id", "scope", "code", "message")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStory:
    """Every feed's items of one SKU at one destination, in feed order, and the records of it that were set aside."""

    sku: str
    destination: str
    items: tuple[StoryItem, ...]
    set_aside: tuple[SetAsideRecord, ...]

    def of_feed(self, feed: str) -> tuple[StoryItem, ...]:
        """The items of one feed."""
        return tuple(item for item in self.items if item.feed == feed)

    def as_json(self) -> dict[str, Any]:
        """The shape of `products show --json`."""
        return {
            "sku": self.sku,
            "feeds": [item.as_json() for item in self.items],
            "destination": self.destination,
            "set_aside": [record.as_json() for record in self.set_aside],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDiff:
    """How one feed item compares: `differences` go from what was exported to what the catalog says."""

    feed: str
    destination: str
    feed_id: str
    scope: str
    state: str
    kind: Kind
    differences: tuple[FieldDifference, ...]

    def as_json(self) -> dict[str, Any]:
        """One entry of `feeds` in `diff --json`."""
        return {
            "feed": self.feed,
            "destination": self.destination,
            "feed_id": self.feed_id,
            "kind": self.kind,
            "fields": [
                {"path": edit.path, "catalog": edit.after, "exported": edit.before, "change": edit.change}
                for edit in self.differences
            ],
            "scope": self.scope,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDiff:
    """What the catalog says of a SKU beside what the destinations were told."""

    sku: str
    items: tuple[ItemDiff, ...]

    @property
    def equal(self) -> bool:
        """Whether every item agrees."""
        return all(item.kind == "equal" for item in self.items)

    def as_json(self) -> dict[str, Any]:
        """The shape of `diff --json`."""
        return {"sku": self.sku, "equal": self.equal, "feeds": [item.as_json() for item in self.items]}


def product_story(
    view: CatalogView, sku: str, *, destination: str | None = None, snapshot: int | None = None
) -> ProductStory:
    """Every feed's items of a SKU at a destination (the default one, or the one named), now or as of a snapshot.

    The SKU matches without case where it is not written exactly so. Raises: UnknownProductError, SettingsError,
    LakeUnavailableError (retriable).      Source: inspection/sql/story_items.sql, set_aside.sql
    """
    wanted = view.destination_id(destination)
    reader = view.reader_or_none()
    if reader is None:
        raise UnknownProductError(
            f"There is no product `{sku}`: no sync has run yet.", hint="Run `catalog-sync sync` first."
        )
    spelled = spelling(reader, sku)
    items: list[StoryItem] = []
    for feed in view.feeds(reader, snapshot):
        items += _items(view, reader, feed, spelled, wanted, snapshot)
    set_aside = _set_aside(reader, spelled) if snapshot is None else ()
    if not items and not set_aside:
        raise UnknownProductError(
            f"There is no product `{sku}`, neither in the catalog nor at the destination.",
            hint="`catalog-sync products search` looks for a part of SKU, name or ID.",
        )
    return ProductStory(sku=spelled, destination=wanted, items=tuple(items), set_aside=set_aside)


def product_diff(
    view: CatalogView, sku: str, *, destination: str | None = None, snapshot: int | None = None
) -> ProductDiff:
    """What differs between catalog and export for a SKU, field by field, at one destination or at all.

    `snapshot`: as both were then.
    Raises: as `product_story`.
    """
    wanted = list(view.destinations) if destination is None else [view.destination_id(destination)]
    found: list[ItemDiff] = []
    spelled = sku
    for place in wanted:
        story = product_story(view, sku, destination=place, snapshot=snapshot)
        spelled = story.sku
        compared = [item_diff(item, place, view.contract(get_feed(item.feed))) for item in story.items]
        found += [diff for diff in compared if diff is not None]
    return ProductDiff(sku=spelled, items=tuple(found))


def item_diff(item: StoryItem, destination: str, contract: Feed | None = None) -> ItemDiff | None:
    """How one item's two sides compare; None when neither side holds it any more.

    `contract`: the feed as its content is compared, if not as it is defined (`CatalogView.contract`).
    """
    kind = item.kind
    if kind is None:
        return None
    differences: tuple[FieldDifference, ...] = ()
    if kind == "different":
        assert item.catalog is not None and item.exported is not None
        before, after = orjson.loads(item.exported), orjson.loads(item.catalog)
        differences = diff_payloads(before, after, contract or get_feed(item.feed))
    return ItemDiff(
        feed=item.feed,
        destination=destination,
        feed_id=item.feed_id,
        scope=item.scope,
        state=item.state,
        kind=kind,
        differences=differences,
    )


def belongs_to_sku(feed: Feed) -> str | None:
    """The SQL condition of a feed's rows that belong to the SKU `$sku`; None when its items belong to no product."""
    of_sku = [column for column in feed.identity_columns if column in SKU_COLUMNS]
    return " OR ".join(f"{column} = $sku" for column in of_sku) or None


def scope_of(feed: Feed, row: Mapping[str, Any]) -> str:
    """Where an item is valid, from wide to narrow; the identity where there is no scope."""
    scope = [row[column] for column in SCOPE_COLUMNS if column in feed.identity_columns]
    return "/".join(scope or [row[column] for column in feed.identity_columns])


def spelling(reader: LakeReader, sku: str) -> str:
    """The SKU as the catalog writes it; as it was asked for when nobody knows it."""
    plain = sku.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")
    for name in ("spelled_so.sql", "spelling.sql"):
        found = rows(reader, sql_text(name), {"sku": plain})
        if len(found):
            return str(found["sku"][0])
    return plain


def _items(
    view: CatalogView, reader: LakeReader, feed: Feed, sku: str, destination: str, snapshot: int | None
) -> list[StoryItem]:
    belongs = belongs_to_sku(feed)
    return [] if belongs is None else items_where(view, reader, feed, belongs, {"sku": sku}, destination, snapshot)


def items_where(
    view: CatalogView,
    reader: LakeReader,
    feed: Feed,
    condition: str,
    values: Mapping[str, Any],
    destination: str,
    snapshot: int | None,
) -> list[StoryItem]:
    """The items of a feed that a condition of ours on its tables holds for, ordered by identity, at a destination."""
    with_rows = filled(view, reader, feed, snapshot)
    if not with_rows & {"catalog", "exported"}:
        return []
    tables = feed_tables(feed, snapshot)
    if "delivery" not in with_rows:
        tables["delivery"] = f"(SELECT * FROM {tables['delivery']} WHERE false)"
    statement = sql_text("story_items.sql").format(
        belongs=condition,
        identity=", ".join(f"coalesce(catalog.{name}, held.{name}) AS {name}" for name in feed.identity_columns),
        order=", ".join(feed.identity_columns),
        state=state_expression(),
        **tables,
    )
    found = rows(reader, statement, {**values, "destination": destination})
    return [_item(feed, row) for row in found.iter_rows(named=True)]


def _item(feed: Feed, row: dict[str, Any]) -> StoryItem:
    identity = {name: row[column] for name, column in zip(feed.identity, feed.identity_columns, strict=True)}
    refusal = None
    if row["outcome"] is not None:
        refusal = Refusal(
            outcome=row["outcome"],
            operation=row["operation"],
            http_status=row["http_status"],
            error_code=row["error_code"],
            message=row["message"],
            attempts=row["attempts"],
            next_attempt_at=aware(row["next_attempt_at"]),
            request_id=row["request_id"],
            run_id=row["run_id"],
            tried_at=aware(row["tried_at"]),
        )
    return StoryItem(
        feed=feed.name,
        feed_id=row["feed_id"],
        identity=identity,
        scope=scope_of(feed, row),
        state=row["state"],
        last_exported_at=aware(row["exported_at"]),
        last_modified_at=aware(row["modified_at"]),
        catalog=row["catalog"],
        exported=row["exported"],
        catalog_hash=row["catalog_hash"],
        exported_hash=row["exported_hash"],
        source_entity_id=row["source_entity_id"],
        exported_by=row["exported_by"],
        exported_request=row["exported_request"],
        refusal=refusal,
    )


def _set_aside(reader: LakeReader, sku: str) -> tuple[SetAsideRecord, ...]:
    found = rows(reader, sql_text("set_aside.sql"), {"sku_text": orjson.dumps(sku).decode()})
    names = ("feed", "source_entity_id", "scope", "code", "message")
    return tuple(
        SetAsideRecord(**{name: row[name] for name in names})
        for row in found.iter_rows(named=True)
        if _speaks_of(row["feed"], row["identity_text"], sku)
    )


def _speaks_of(feed_name: str, identity_text: str, sku: str) -> bool:
    """Whether an identity (a JSON list in the feed's order) names the SKU, and not only a scope of that name."""
    feed = FEEDS.get(feed_name)
    values = orjson.loads(identity_text)
    if feed is None or not isinstance(values, list) or len(values) != len(feed.identity_columns):
        return sku in values
    return any(
        value == sku and column in SKU_COLUMNS for column, value in zip(feed.identity_columns, values, strict=True)
    )
