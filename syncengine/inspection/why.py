"""Why a product stands as it stands: exactly one reason per feed and scope, with a sentence and the next step.

The codes are the closed list of `reasons.Reason`. Beside them: how its prices are formed and why it was last sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from syncengine.feeds.registry import FEEDS
from syncengine.inspection.as_of import state_times
from syncengine.inspection.composites import why_disabled
from syncengine.inspection.price_story import PriceStory, price_stories
from syncengine.inspection.reasons import Reason, SyncFacts, reason_of_state, sync_facts
from syncengine.inspection.sentences import feed_off, in_time, told
from syncengine.inspection.story import ProductStory, SetAsideRecord, StoryItem, UnknownProductError, product_story
from syncengine.inspection.timeline import TimelineEntry, product_timeline
from syncengine.inspection.times import iso
from syncengine.inspection.view import CatalogView, rows
from syncengine.lake.reader import LakeReader

_EVERYWHERE = (None, "", "all")
_WITHOUT_PRICES = ("configurable", "giftcard")  # docs/prices.md: their variants have prices, or the shopper says one


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The one reason for a product's item of a feed in a scope; `state` and `feed_id` None: there is no such item.

    `held_run`: the run whose guard holds the feed, for `delete_guard`.
    """

    feed: str
    scope: str
    code: Reason
    sentence: str
    next_step: str | None
    destination: str
    state: str | None = None
    feed_id: str | None = None
    held_run: str | None = None

    def as_json(self) -> dict[str, Any]:
        """One entry of `reasons` in `why --json`."""
        return {
            "feed": self.feed,
            "scope": self.scope,
            "code": self.code.value,
            "sentence": self.sentence,
            "next_step": self.next_step,
            "destination": self.destination,
            "state": self.state,
            "feed_id": self.feed_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductWhy:
    """Everything that explains a product at one destination. `told`: all attempts, newest first."""

    sku: str
    reasons: tuple[Why, ...]
    prices: tuple[PriceStory, ...] = ()
    told: tuple[TimelineEntry, ...] = ()

    @property
    def last_sent(self) -> tuple[TimelineEntry, ...]:
        """The newest attempt per item."""
        newest: dict[tuple[str, str], TimelineEntry] = {}
        for entry in self.told:
            newest.setdefault((entry.feed, entry.feed_id), entry)
        return tuple(newest.values())

    def as_json(self) -> dict[str, Any]:
        """The shape of `why --json`."""
        return {
            "sku": self.sku,
            "reasons": [reason.as_json() for reason in self.reasons],
            "prices": [price.as_json() for price in self.prices],
            "last_sent": [
                {
                    "feed": entry.feed,
                    "scope": entry.scope,
                    "run_id": entry.run_id,
                    "at": iso(entry.at),
                    "operation": entry.operation,
                    "outcome": entry.outcome,
                    "because": entry.sentence,
                    "request_id": entry.request_id,
                }
                for entry in self.last_sent
            ],
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every reason of one product is worked out from."""

    reader: LakeReader
    story: ProductStory
    facts: SyncFacts
    catalog_at: datetime | None
    attributes_missing: bool


def why_product(
    view: CatalogView, sku: str, *, destination: str | None = None, story: ProductStory | None = None
) -> ProductWhy:
    """The reason for each feed and scope of a SKU at a destination (the default one, or the one named).

    `story`: of that SKU and destination, when it is at hand. An unknown SKU has the one reason `not_in_catalog`.
    Raises: SettingsError, LakeUnavailableError (retriable).
    """
    place = view.destination_id(destination)
    reader = view.reader_or_none()
    try:
        story = story or product_story(view, sku, destination=place)
    except UnknownProductError as error:
        return ProductWhy(sku=sku, reasons=(_unknown(place, error),))
    assert reader is not None
    asked = _Asked(reader, story, sync_facts(view), state_times(reader)[0], _lacks_attributes(view, reader, place))
    reasons = [_of_item(asked, item) for item in story.items]
    reasons += _without_product_item(view, asked)
    reasons += _without_price(view, asked)
    reasons += _without_any_item(asked, {reason.feed for reason in reasons})
    reasons += _without_feed(asked, {reason.feed for reason in reasons})
    order = {name: position for position, name in enumerate(FEEDS)}
    reasons.sort(key=lambda reason: (order[reason.feed], reason.scope, reason.feed_id or ""))
    return ProductWhy(
        sku=story.sku, reasons=tuple(reasons), prices=price_stories(story), told=_told(view, story.sku, place)
    )


def _unknown(place: str, error: UnknownProductError) -> Why:
    return Why(
        feed="products",
        scope="",
        code=Reason.NOT_IN_CATALOG,
        sentence=error.message,
        next_step=error.hint,
        destination=place,
    )


# -- an item that is there, or was ----------------------------------------------------------------------------------


def _of_item(asked: _Asked, item: StoryItem) -> Why:
    facts = asked.facts.of(item.feed, asked.story.destination)
    aside = _set_aside(asked.story, item.feed, item.scope)
    if aside is not None and item.state != "removed":
        return _filtered(asked, item.feed, item.scope, aside, item)
    code = reason_of_state(item.state, facts)
    if code is Reason.IN_SYNC:
        return _in_sync(asked, item)
    resync = f"`catalog-sync saas:resync --feed {item.feed} --by-ids {asked.story.sku}` sends it now."
    sentence, next_step = told(item, code, facts, when=asked.facts.next_sync, resync=resync)
    return _why(asked, item, code, sentence, next_step)


def _why(asked: _Asked, item: StoryItem, code: Reason, sentence: str, next_step: str | None) -> Why:
    return Why(
        feed=item.feed,
        scope=item.scope,
        code=code,
        sentence=sentence,
        next_step=next_step,
        destination=asked.story.destination,
        state=item.state,
        feed_id=item.feed_id,
    )


def _in_sync(asked: _Asked, item: StoryItem) -> Why:
    """Nothing stands in the way of the item; what may still keep shoppers from seeing it."""
    payload = orjson.loads(item.catalog or "{}")
    if item.feed == "products" and asked.attributes_missing:
        return _why(
            asked, item, Reason.DEPENDENCY_MISSING,
            "Exported, but the feed `productAttributes` has not been synced yet: services need it too.",
            "`catalog-sync sync --feed productAttributes`",
        )  # fmt: skip
    if item.feed == "products" and payload.get("status") == "Disabled":
        code, sentence, next_step = why_disabled(asked.reader, payload)
        return _why(asked, item, code, f"{sentence} The exported data says so too.", next_step)
    return _why(
        asked, item, Reason.IN_SYNC, f"The exported data equals your catalog as of {in_time(asked.catalog_at)}.", None
    )


# -- what is not there ------------------------------------------------------------------------------------------------


def _without_product_item(view: CatalogView, asked: _Asked) -> Iterator[Why]:
    """The store views in which the product has no item."""
    there = asked.story.of_feed("products")
    websites = {_website(item) for item in there if item.catalog is not None}
    known = {item.scope for item in there}
    for website, store_view in _store_views(view, asked.reader):
        if store_view in known:
            continue
        aside = _set_aside(asked.story, "products", store_view)
        if aside is not None:
            yield _filtered(asked, "products", store_view, aside)
        elif websites and website not in websites:
            yield _absent(asked, "products", store_view, website)
        elif websites:
            yield Why(
                feed="products",
                scope=store_view,
                code=Reason.FILTERED,
                sentence=f"No item was compiled for store view `{store_view}`.",
                next_step="`catalog-sync sync` reads and compiles it again.",
                destination=asked.story.destination,
            )


def _without_price(view: CatalogView, asked: _Asked) -> Iterator[Why]:
    """The websites in which the product has no fallback price."""
    live = [item for item in asked.story.of_feed("products") if item.catalog is not None]
    if not live:
        return
    websites = {_website(item) for item in live}
    known = {item.scope for item in asked.story.of_feed("prices")}
    kind = orjson.loads(live[0].catalog or "{}").get("type")
    facts = asked.facts.of("prices", asked.story.destination)
    for website in sorted({website for website, _ in _store_views(view, asked.reader)}):
        scope = f"{website}/0"
        if scope in known:
            continue
        aside = _set_aside(asked.story, "prices", scope)
        if aside is not None:
            yield _filtered(asked, "prices", scope, aside)
        elif website not in websites:
            yield _absent(asked, "prices", scope, website)
        elif facts.is_off:
            continue  # said once for the feed
        else:
            yield Why(
                feed="prices",
                scope=scope,
                code=Reason.FILTERED,
                sentence=f"A {kind} product has no price of its own: that of its variants counts."
                if kind in _WITHOUT_PRICES
                else "No price was compiled for it yet.",
                next_step=None if kind in _WITHOUT_PRICES else "`catalog-sync sync --feed prices`",
                destination=asked.story.destination,
            )


def _without_any_item(asked: _Asked, spoken: set[str]) -> Iterator[Why]:
    """The records that could not be compiled, of feeds of which nothing else was said."""
    for record in asked.story.set_aside:
        if record.feed not in spoken:
            spoken.add(record.feed)
            yield _filtered(asked, record.feed, record.scope or "", record)


def _without_feed(asked: _Asked, spoken: set[str]) -> Iterator[Why]:
    """The feeds of products that are off, and of which nothing else was said."""
    for (feed, destination), facts in asked.facts.feeds.items():
        if destination != asked.story.destination or not facts.is_off or feed in spoken:
            continue
        if FEEDS[feed].reads_products:
            sentence, next_step = feed_off(feed, facts)
            yield Why(
                feed=feed,
                scope="",
                code=Reason.FEED_OFF,
                sentence=sentence,
                next_step=next_step,
                destination=destination,
            )


def _absent(asked: _Asked, feed: str, scope: str, website: str) -> Why:
    return Why(
        feed=feed,
        scope=scope,
        code=Reason.NOT_IN_WEBSITE,
        sentence=f"Not assigned to website `{website}`.",
        next_step="In the store: the product's section *Product in Websites*.",
        destination=asked.story.destination,
    )


def _filtered(asked: _Asked, feed: str, scope: str, aside: SetAsideRecord, item: StoryItem | None = None) -> Why:
    kept = "" if item is None else " What was known of it before stands."
    return Why(
        feed=feed,
        scope=scope,
        code=Reason.FILTERED,
        sentence=f"Left out when the feed was compiled: {aside.message.rstrip('.')}.{kept}",
        next_step="Correct the product in the store; the next sync compiles it again.",
        destination=asked.story.destination,
        state=None if item is None else item.state,
        feed_id=None if item is None else item.feed_id,
    )


# -- facts ------------------------------------------------------------------------------------------------------------


def _website(item: StoryItem) -> str:
    return str(orjson.loads(item.catalog or "{}").get("websiteCode"))


def _set_aside(story: ProductStory, feed: str, scope: str) -> SetAsideRecord | None:
    """The record of this feed and scope that could not be compiled, if there is one."""
    for record in story.set_aside:
        if record.feed == feed and (record.scope in _EVERYWHERE or record.scope in (scope, scope.split("/")[0])):
            return record
    return None


def _store_views(view: CatalogView, reader: LakeReader) -> list[tuple[str, str]]:
    """Every (website, store view) that products are in, by name."""

    def known() -> list[tuple[str, str]]:
        found = rows(reader, "SELECT DISTINCT website_code, store_view_code FROM search.catalog_products ORDER BY ALL")
        return found.rows()

    return view.remembered(reader, "store views", known)


def _lacks_attributes(view: CatalogView, reader: LakeReader, destination: str) -> bool:
    """Whether the catalog has attributes and the destination was never told of one."""
    statement = """
        SELECT EXISTS (SELECT 1 FROM lake.catalog."productAttributes") AS has_some,
               EXISTS (SELECT 1 FROM lake.exported."productAttributes" WHERE destination = $destination) AS was_told"""
    if "productAttributes" not in {feed.name for feed in view.feeds(reader)}:
        return False

    def asked() -> bool:
        row = rows(reader, statement, {"destination": destination}).row(0, named=True)
        return bool(row["has_some"] and not row["was_told"])

    return view.remembered(reader, ("lacks attributes", destination), asked)


def _told(view: CatalogView, sku: str, destination: str) -> tuple[TimelineEntry, ...]:
    try:
        return product_timeline(view, sku, destination=destination).entries
    except UnknownProductError:
        return ()
