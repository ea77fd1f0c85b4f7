"""The items of any feed searched with all that narrows them, also as they were, and one shown from every side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal
from uuid import UUID

import orjson
import polars as pl

from syncengine.errors import SettingsError
from syncengine.feeds.feed import Feed
from syncengine.feeds.registry import get_feed
from syncengine.inspection.as_of import state_times
from syncengine.inspection.item_names import item_names
from syncengine.inspection.reasons import Reason, reason_of_state, sync_facts
from syncengine.inspection.sentences import in_time, told
from syncengine.inspection.states import STATES, feed_tables, state_expression
from syncengine.inspection.story import SCOPE_COLUMNS, ItemDiff, StoryItem, item_diff, items_where
from syncengine.inspection.timeline import TimelineEntry, item_timeline
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.inspection.why import Why
from syncengine.lake.reader import LakeReader

ItemSide = Literal["any", "catalog", "exported"]
ITEM_SORTS = ("item", "state", "last_exported", "last_modified")
MOST_ROWS = 10_000
MOST_SCOPES = 100  # of more, their counts are no help
_MOST_MATCHES = 20
_SIDES = {"any": "true", "catalog": "in_catalog", "exported": "is_held"}
_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("feed", "feed_id", "item", "name", "scope", "state"), pl.String),
    **dict.fromkeys(("last_exported", "last_modified"), pl.Datetime("us", "UTC")),
}
ITEM_SCHEMA = pl.Schema(_COLUMNS)


class UnknownItemError(SettingsError):
    """A feed item that neither the catalog nor a destination knows."""

    code = "CS1004"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSearch:
    """What is looked for among the items of one feed. `text`: part of an identity value, whatever its case.

    `side`: what either side holds or held (any), the catalog, or what the destination holds. `sort`: one of ITEM_SORTS
    or an identity column. `scopes`: as they stand in column `scope`. `websites`: of a feed whose items belong to
    websites, those of these and of all. `json_text`: anywhere in either payload. `snapshot`: as it was then.
    Raises: SettingsError, UnknownFeedError for what there is not.
    """

    feed: str
    text: str = ""
    side: ItemSide = "any"
    destination: str | None = None
    states: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()
    json_text: str | None = None
    sort: str = "item"
    descending: bool = False
    limit: int = 50
    offset: int = 0
    snapshot: int | None = None

    def __post_init__(self) -> None:
        named = get_feed(self.feed).identity_columns
        for word, value, known in (
            ("side", self.side, tuple(_SIDES)),
            ("order", self.sort, (*ITEM_SORTS, *named)),
            *(("state", state, STATES) for state in self.states),
        ):
            if value not in known:
                raise SettingsError(f"Items have no {word} `{value}`.", hint=f"There are: {', '.join(known)}.")
        if not 1 <= self.limit <= MOST_ROWS or self.offset < 0:
            raise SettingsError(
                f"{self.limit} items from {self.offset} on cannot be shown.", hint=f"Ask for 1 to {MOST_ROWS:,}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItems:
    """One page of a feed's items: ITEM_SCHEMA, exact matches first. `total`: how many match.

    `facets`: for state and scope, how many match by value when that field's own filter is left out; no scopes where
    there are more than MOST_SCOPES. `identity`: the identity columns of the same rows.
    """

    feed: str
    total: int
    rows: pl.DataFrame
    facets: Mapping[str, Mapping[str, int]]
    identity: pl.DataFrame = dataclass_field(default_factory=pl.DataFrame)

    def as_json(self) -> dict[str, Any]:
        """The shape of `items search --json`."""
        items = [
            {**row, "last_exported": iso(row["last_exported"]), "last_modified": iso(row["last_modified"])}
            for row in self.rows.iter_rows(named=True)
        ]
        facets = {name: dict(counts) for name, counts in self.facets.items()}
        return {"feed": self.feed, "total": self.total, "items": items, "facets": facets}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStory:
    """One item of a feed at one destination: both sides, how they differ, the one reason, and what was sent of it."""

    item: StoryItem
    destination: str
    diff: ItemDiff | None
    reason: Why
    timeline: tuple[TimelineEntry, ...]

    def as_json(self) -> dict[str, Any]:
        """One entry of `items show --json`."""
        return {
            **self.item.as_json(),
            "destination": self.destination,
            "diff": None if self.diff is None else self.diff.as_json(),
            "reason": self.reason.as_json(),
            "timeline": [entry.as_json() for entry in self.timeline],
        }


def search_items(view: CatalogView, query: ItemSearch) -> FoundItems:
    """The items of a feed that match; exact matches of an identity value first.

    Raises: LakeUnavailableError (retriable), SettingsError.      Source: inspection/sql/items_found.sql
    """
    feed = get_feed(query.feed)
    question = items_question(view, query)
    if question is None:
        facets: dict[str, dict[str, int]] = {"state": {}, "scope": {}}
        return FoundItems(feed=feed.name, total=0, rows=pl.DataFrame(schema=ITEM_SCHEMA), facets=facets)
    reader, found, values, narrowed = question
    groups = rows(
        reader, f"SELECT state, scope, count(*) AS items FROM ({found}) WHERE {_SIDES[query.side]} GROUP BY ALL", values
    )
    total, facets = _counted(groups, query)
    order = {name: f'"{name}"' for name in feed.identity_columns}
    order |= {"item": "item", "state": "state", "last_exported": "exported_at", "last_modified": "modified_at"}
    direction = "DESC" if query.descending else "ASC"
    page = rows(
        reader,
        f"""FROM ({found}) WHERE {narrowed}
            ORDER BY nearness, {order[query.sort]} {direction} NULLS LAST, item, feed_id
            LIMIT $limit OFFSET $offset""",
        {**values, **_choices(query), "limit": query.limit, "offset": query.offset},
    )
    names = item_names(view, reader, feed, page, query.snapshot)
    return FoundItems(
        feed=feed.name,
        total=total,
        rows=_shown(page, feed, names),
        facets=facets,
        identity=page.select(feed.identity_columns),
    )


def items_question(view: CatalogView, query: ItemSearch) -> tuple[LakeReader, str, dict[str, Any], str] | None:
    """The matching items as SQL, its values, and the condition that narrows them to the chosen side, states and scopes;
    None where the feed was never compiled."""
    feed = get_feed(query.feed)
    reader = view.reader_or_none()
    if reader is None or feed not in view.feeds(reader, query.snapshot):
        return None
    names = [f'"{name}"' for name in feed.identity_columns]
    values: dict[str, Any] = {
        "destination": view.destination_id(query.destination),
        "text": query.text.replace("\0", "").strip(),
        "json_text": query.json_text,
    }
    wanted = ["($text = '' OR " + " OR ".join(f"contains(lower({name}), lower($text))" for name in names) + ")"]
    if query.websites and "website_code" in feed.identity_columns:
        wanted.append("list_contains($websites::VARCHAR[], website_code)")
        values["websites"] = [*query.websites, "*"]
    found = sql_text("items_found.sql").format(
        **feed_tables(feed, query.snapshot),
        state=state_expression(),
        identity=", ".join(names),
        both=", ".join(f"coalesce(catalog.{name}, held.{name}) AS {name}" for name in names),
        scope=", ".join(f'"{name}"' for name in SCOPE_COLUMNS if name in feed.identity_columns) or "NULL",
        wanted=" AND ".join(wanted),
        lowered=", ".join(f"lower({name})" for name in names),
        begun=", ".join(f"starts_with(lower({name}), lower($text))" for name in names),
    )
    narrowed = (
        f"{_SIDES[query.side]} AND (len($states::VARCHAR[]) = 0 OR list_contains($states::VARCHAR[], state))"
        " AND (len($scopes::VARCHAR[]) = 0 OR list_contains($scopes::VARCHAR[], scope))"
    )
    return reader, found, values, narrowed


def item_stories(
    view: CatalogView,
    feed_name: str,
    names: Sequence[str],
    *,
    destination: str | None = None,
    snapshot: int | None = None,
) -> tuple[ItemStory, ...]:
    """The items of a feed by their feed_id, or by the first values of their identity, at one destination.

    Raises: UnknownItemError, also where more than 20 fit; UnknownFeedError, SettingsError, LakeUnavailableError.
    """
    feed = get_feed(feed_name)
    reader = view.reader_or_none()
    place = view.destination_id(destination)
    belongs, values = _named(feed, names)
    found: list[StoryItem] = []
    if reader is not None and feed in view.feeds(reader, snapshot):
        found = list(items_where(view, reader, feed, belongs, values, place, snapshot))
    shown = " ".join(names)
    if not found:
        raise UnknownItemError(
            f"Feed `{feed.name}` has no item `{shown}`, neither in the catalog nor at the destination.",
            hint=f"It is named by its feed_id or by {', '.join(feed.identity)}; `catalog-sync items search` looks.",
        )
    if len(found) > _MOST_MATCHES:
        raise UnknownItemError(
            f"{len(found):,} items of feed `{feed.name}` are called `{shown}`.",
            hint=f"Name them by all of {', '.join(feed.identity)}, in this order.",
        )
    assert reader is not None
    return tuple(
        ItemStory(
            item=item,
            destination=place,
            diff=item_diff(item, place, view.contract(feed)),
            reason=_why(view, reader, feed, item, place),
            timeline=item_timeline(view, feed, item.feed_id, destination=destination),
        )
        for item in found
    )


def _named(feed: Feed, names: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The SQL condition of the items meant, and its values."""
    given = [name.replace("\0", "") for name in names]
    if len(given) == 1 and _is_uuid(given[0]):
        return "feed_id = $feed_id::UUID", {"feed_id": given[0]}
    if not 1 <= len(given) <= len(feed.identity_columns):
        raise SettingsError(
            f"An item of feed `{feed.name}` is named by {', '.join(feed.identity)}.",
            hint="Give these values in this order, or the item's feed_id.",
        )
    pairs = list(zip(feed.identity_columns, given, strict=False))
    condition = " AND ".join(f'"{column}" = $name{position}' for position, (column, _) in enumerate(pairs))
    return condition, {f"name{position}": value for position, (_, value) in enumerate(pairs)}


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _why(view: CatalogView, reader: LakeReader, feed: Feed, item: StoryItem, place: str) -> Why:
    """The one reason for the item, whatever its feed."""
    facts = sync_facts(view)
    of_feed = facts.of(feed.name, place)
    aside = rows(
        reader,
        "SELECT message FROM lake.catalog.set_aside WHERE feed = $feed AND identity_text = $identity LIMIT 1",
        {"feed": feed.name, "identity": orjson.dumps(list(item.identity.values())).decode()},
    )
    code = reason_of_state(item.state, of_feed)
    if len(aside) and item.state != "removed":
        code = Reason.FILTERED
        sentence = f"Left out when the feed was compiled: {aside['message'][0].rstrip('.')}."
        sentence, next_step = f"{sentence} What was known of it before stands.", "Correct the record in the store."
    elif code is Reason.IN_SYNC:
        at = in_time(state_times(reader)[0])
        sentence, next_step = f"The exported data equals your catalog as of {at}.", ""
    else:
        sku = next((item.identity[name] for name in feed.identity if "sku" in name.lower()), None)
        chosen = f" --by-ids {sku}" if sku else ""
        resync = f"`catalog-sync saas:resync --feed {feed.name}{chosen}` sends it now."
        subject = "product" if sku else "record"
        sentence, following = told(item, code, of_feed, when=facts.next_sync, resync=resync, subject=subject)
        next_step = following or ""
    return Why(
        feed=feed.name,
        scope=item.scope,
        code=code,
        sentence=sentence,
        next_step=next_step or None,
        destination=place,
        state=item.state,
        feed_id=item.feed_id,
        held_run=of_feed.held_run if code is Reason.DELETE_GUARD else None,
    )


def _choices(query: ItemSearch) -> dict[str, Any]:
    return {"states": list(query.states), "scopes": list(query.scopes)}


def _counted(groups: pl.DataFrame, query: ItemSearch) -> tuple[int, dict[str, dict[str, int]]]:
    """Total under all filters, and per field the counts under the filter of the other."""
    total = 0
    states: Counter[str] = Counter()
    scopes: Counter[str] = Counter()
    for row in groups.iter_rows(named=True):
        of_state = not query.states or row["state"] in query.states
        of_scope = not query.scopes or row["scope"] in query.scopes
        total += row["items"] if of_state and of_scope else 0
        states[row["state"]] += row["items"] if of_scope else 0
        scopes[row["scope"]] += row["items"] if of_state else 0
    shown = {} if len(scopes) > MOST_SCOPES else scopes
    counts = {"state": states, "scope": shown}
    return total, {
        name: {value: items for value, items in sorted(found.items()) if items} for name, found in counts.items()
    }


def _shown(page: pl.DataFrame, feed: Feed, names: Mapping[str, str]) -> pl.DataFrame:
    """The page in the columns of ITEM_SCHEMA."""
    return (
        page.with_columns(
            pl.col("feed_id").cast(pl.String),
            feed=pl.lit(feed.name),
            last_exported=pl.col("exported_at").dt.replace_time_zone("UTC"),
            last_modified=pl.col("modified_at").dt.replace_time_zone("UTC"),
        )
        .with_columns(name=pl.col("feed_id").replace_strict(names, default=None, return_dtype=pl.String))
        .select(pl.col(name).cast(kind) for name, kind in ITEM_SCHEMA.items())
    )
