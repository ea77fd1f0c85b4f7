"""The blocks of the discrepancies page: the numbers, what they are made of, and the list with one item opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.discrepancies import FORMULA, DiscrepancyReport, FieldTally
from syncengine.inspection.discrepancy_table import MOST_PAIRS
from syncengine.inspection.scopes import Scope
from ui import cards, discrepancy_data, discrepancy_filters, product_texts
from ui import discrepancy_texts as texts
from ui import texts as shared_texts
from ui.bootstrap import Page, card
from ui.discrepancy_data import Filters
from ui.discrepancy_filters import put
from ui.escape import bdi, esc
from ui.formats import NONE, count, moment, plural
from ui.item_diff import excerpts
from ui.link_table import Column, Row, here, link_table
from ui.product_table import state_mark
from ui.scope import feeds_by_scope, scope_words

ROWS = 25
_EXAMPLE = 80
_FIELD_COLUMNS = (
    Column(heading="Field", kind="cs-long"),
    Column(heading="Items", kind="cs-num", what=texts.FIELD_ITEMS),
    Column(heading="Share", kind="cs-part", what=texts.FIELD_SHARE),
    Column(heading="In your catalog", kind="cs-long", what=texts.FIELD_CATALOG),
    Column(heading="Exported", kind="cs-long", what=texts.FIELD_EXPORTED),
    Column(heading="First seen", what=texts.FIELD_SEEN),
    Column(heading="Feed"),
)
_FEED_COLUMNS = (
    Column(heading="Feed"),
    *(Column(heading=name, kind="cs-num") for name in ("Only catalog", "Only export", "Different", "Waiting")),
)
_ITEM_COLUMNS = (
    Column(heading="SKU", kind="cs-long cs-mono", what=texts.ITEM_SKU),
    Column(heading="Name", kind="cs-long"),
    Column(heading="Kind"),
    Column(heading="Fields", kind="cs-long"),
    Column(heading="Age", what=texts.ITEM_AGE),
    *(Column(heading=name) for name in ("Reason", "State", "Feed", "Scope")),
)


def age_words(found: DiscrepancyReport) -> str:
    """One sync window, as people say it: `1 h`, `30 min`."""
    minutes = found.window_minutes
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def numbers(page: Page, found: DiscrepancyReport, filters: Filters, scope: Scope | None) -> None:
    """The three numbers and the score, each leading to the list it counts."""
    if scope is not None and found.catalog_at is not None:
        of_website, of_none = map(", ".join, feeds_by_scope())
        cards.quiet(texts.SCOPED.format(scope=scope_words(scope), of_website=of_website, of_none=of_none))
    columns = st.columns(4)
    for column, kind in zip(columns[:3], texts.KINDS, strict=True):
        with column, card(f"kind-{kind}", "this number", tile=True):
            cards.tile(texts.KINDS[kind], count(found.total(kind)), [esc(texts.KIND_HELP[kind])])
            is_chosen = filters.kind == kind
            words = texts.SHOWN if is_chosen else texts.SHOW
            st.button(
                words,
                key=f"show-{kind}",
                type="tertiary",
                icon=":material/check:" if is_chosen else ":material/arrow_downward:",
                on_click=put,
                args=("kind", None if is_chosen else kind),
                disabled=not found.total(kind),
            )
    with columns[3], card("score", "the match score", tile=True):
        score = found.match_score
        shown = NONE if score is None else _percent(score)
        lines = [
            esc(texts.FORMULA.format(equal=count(found.total("equal")), total=count(found.total("total")))),
            esc(texts.FORMULA_HELP.format(formula=FORMULA)),
        ]
        cards.tile(texts.MATCH_SCORE, esc(shown), lines)
    read, told = (moment(at, page.zone) for at in (found.catalog_at, found.exported_at))
    as_of = texts.AS_OF.format(catalog=read, exported=told)
    if waiting := found.total("waiting"):
        as_of += " " + texts.WAITING.format(items=plural(waiting, "item"), minutes=found.window_minutes)
    cards.quiet(as_of)


def _percent(share: float) -> str:
    """Never 100 % while something differs."""
    text = f"{share:.2%}".replace("%", " %")
    return "99.99 %" if text.startswith("100") and share < 1 else text


def breakdown(page: Page, found: DiscrepancyReport, filters: Filters) -> None:
    """By field, by reason, by feed and by age: tables whose rows lead to the list narrowed by them."""
    with card("by-field", "the fields"):
        differing = sum(feed.compared for feed in found.feeds)
        cut = any(feed.compared >= MOST_PAIRS for feed in found.feeds)
        note = texts.BY_FIELD_CUT.format(items=plural(differing, "item")) if cut else ""
        cards.heading(texts.BY_FIELD, note=f"{texts.BY_FIELD_NOTE} {note}".strip())
        _by_field(page, found, filters)
    others, feeds = st.columns([1, 1.7])
    with others, card("by-reason", "the reasons"):
        cards.heading(texts.BY_REASON)
        _tallies(
            "reason", texts.BY_REASON, {code: (one.items, one.waiting) for code, one in found.causes.items()}, filters
        )
    with feeds, card("by-feed", "the feeds"):
        cards.heading(texts.BY_FEED)
        _by_feed(found, filters)
    with others, card("by-age", "the ages"):
        cards.heading(texts.BY_AGE)
        _tallies("age", texts.BY_AGE, {age: (one.items, one.waiting) for age, one in found.ages.items()}, filters)


def _by_field(page: Page, found: DiscrepancyReport, filters: Filters) -> None:
    fields = [one for one in found.fields if one.items or filters.with_waiting]
    if not fields:
        cards.quiet(texts.NO_FIELDS)
        return
    discrepancy_filters.filter_table(
        "field",
        _FIELD_COLUMNS,
        {f"{one.feed}:{one.field}": _field_cells(page, found, filters, one) for one in fields},
        current=filters.field,
        label=texts.BY_FIELD,
    )


def _field_cells(page: Page, found: DiscrepancyReport, filters: Filters, one: FieldTally) -> list[str]:
    catalog, exported = excerpts(one.example.get("catalog"), one.example.get("exported"))
    return [
        bdi(one.field),
        count(one.items + (one.waiting if filters.with_waiting else 0)),
        cards.share(*_share(found.share_of(one))),
        bdi(catalog, longest=_EXAMPLE),
        bdi(exported, longest=_EXAMPLE),
        esc(moment(one.first_seen, page.zone)),
        esc(one.feed),
    ]


def _share(part: float) -> tuple[float, str]:
    """With its words: never 0 % of something, nor 100 % of less than all."""
    percent = 100 * part if part in (0, 1) else min(99.9, max(0.1, 100 * part))
    return part, f"{percent:.1f} %"


def _by_feed(found: DiscrepancyReport, filters: Filters) -> None:
    """Per feed: how many of each kind; feeds where all is well come last and say so."""
    by_name: dict[str, list[int]] = {}
    off = set()
    for feed in found.feeds:
        counts = by_name.setdefault(feed.feed, [0, 0, 0, 0])
        if feed.is_off:
            off.add(feed.feed)
        parts = (feed.only_catalog, feed.only_exported, feed.different, feed.waiting)
        by_name[feed.feed] = [one + more for one, more in zip(counts, parts, strict=True)]
    listed = [name for name in by_name if sum(by_name[name]) or name in off or name == filters.feed]
    names = sorted(listed, key=lambda name: (-sum(by_name[name][:3]), -by_name[name][3]))
    discrepancy_filters.filter_table(
        "feed",
        _FEED_COLUMNS,
        {name: [esc(f"{name} (off)" if name in off else name), *map(count, by_name[name])] for name in names},
        current=filters.feed,
        label=texts.BY_FEED,
    )
    if equal := len(by_name) - len(names):
        cards.quiet(texts.EQUAL_FEEDS.format(feeds=plural(equal, "feed")))


def _tallies(name: str, words: str, tallies: dict[str, tuple[int, int]], filters: Filters) -> None:
    rows = {value: both for value, both in tallies.items() if both[0] or (filters.with_waiting and both[1])}
    if not rows:
        cards.quiet(NONE)
        return
    discrepancy_filters.filter_table(
        name,
        [Column(heading=texts.FILTER_NAMES[name]), Column(heading="Items", kind="cs-num")],
        {
            value: [
                esc(discrepancy_filters.value_words(name, value)),
                count(items + (waiting if filters.with_waiting else 0)),
            ]
            for value, (items, waiting) in rows.items()
        },
        current=getattr(filters, name),
        label=words,
    )


def items_table(page: Page, shown: pl.DataFrame) -> None:
    """One page of the list: each row opens its item below, ticked ones can be sent or verified together."""
    names = discrepancy_data.names(page, shown["sku"].drop_nulls().to_list())
    several = len(page.view.destinations) > 1
    current = st.query_params.get("item")
    rows = []
    for one in shown.iter_rows(named=True):
        item = f"{one['feed']}:{one['feed_id']}"
        rows.append(
            Row(
                cells=_item_cells(one, names.get(one["sku"] or "", NONE), several=several),
                address=here(discrepancy_filters.PAGE, item=item),
                tick=item,
                name=f"{one['sku'] or one['item']}, {one['feed']}",
                current=item == current,
            )
        )
    columns = [*_ITEM_COLUMNS, Column(heading="Destination")] if several else _ITEM_COLUMNS
    link_table(columns, rows, label=texts.ITEMS, kind="cs-opens")


def _item_cells(one: Mapping[str, Any], name: str, *, several: bool) -> list[str]:
    return [
        bdi(one["sku"] or one["item"]),
        bdi(name),
        esc(texts.KINDS[one["kind"]]),
        bdi(_fields_words(one["fields"])),
        esc(_minutes_words(one["age_minutes"])),
        esc(product_texts.REASONS.get(one["reason"], (one["reason"],))[0]),
        state_mark(one["state"]),
        esc(one["feed"]),
        bdi(with_groups(one["scope"]) if one["sku"] else NONE),
        *([bdi(one["destination"])] if several else []),
    ]


def _fields_words(fields: list[str] | None) -> str:
    if not fields:
        return NONE
    return ", ".join(fields[:3]) + (f" +{len(fields) - 3}" if len(fields) > 3 else "")


def _minutes_words(minutes: int) -> str:
    if minutes < 120:
        return f"{max(0, minutes)} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def nothing(found: DiscrepancyReport, filters: Filters, when: str) -> None:
    """Why the list is empty: nothing ran, all is well, it only waits, or the filters leave nothing."""
    if found.catalog_at is None:
        cards.empty(texts.NEVER_SYNCED, texts.NEVER_SYNCED_NEXT)
        st.code(shared_texts.SYNC_COMMAND, language=None)
        return
    if any((filters.kind, filters.feed, filters.field, filters.reason, filters.age, filters.text)):
        items = plural(found.total("discrepancies"), "item")
        cards.empty(texts.NONE_FILTERED, texts.NONE_FILTERED_NEXT.format(items=items))
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button(texts.CLEAR, key="nothing-clear", on_click=discrepancy_filters.clear, icon=":material/close:")
        return
    title = texts.NONE_OLD.format(age=age_words(found))
    waiting = found.total("waiting")
    if not waiting:
        cards.empty(title, texts.NONE_OLD_WELL)
        return
    cards.empty(title, texts.NONE_OLD_WAITING.format(items=plural(waiting, "item"), when=when))
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.button(texts.SHOW_WAITING, key="nothing-waiting", on_click=discrepancy_filters.toggle_ages)
