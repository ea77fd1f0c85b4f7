"""The blocks of the discrepancies page: the numbers, what they are made of, and the list with one item opened."""

from __future__ import annotations

import polars as pl
import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.discrepancies import FORMULA, DiscrepancyReport, FieldTally
from syncengine.inspection.discrepancy_table import MOST_PAIRS
from syncengine.inspection.product_names import names_of
from syncengine.inspection.scopes import Scope
from ui import cards, discrepancy_filters, product_texts
from ui import discrepancy_texts as texts
from ui import texts as shared_texts
from ui.bootstrap import Page, card
from ui.discrepancy_data import Filters
from ui.discrepancy_filters import click_table, put
from ui.escape import esc
from ui.formats import NONE, count, moment, plural
from ui.item_diff import excerpts
from ui.paging import ROW_HEIGHT, height_of
from ui.product_table import state_words
from ui.scope import feeds_by_scope, scope_words

ROWS = 25
_EXAMPLE = 80
_TALLEST, _TALLEST_LIST = 6, 12  # rows; what a click opens below must be in sight


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
    """By field, by reason, by feed and by age: tables whose rows filter the list."""
    with card("by-field", "the fields"):
        differing = sum(feed.compared for feed in found.feeds)
        cut = any(feed.compared >= MOST_PAIRS for feed in found.feeds)
        note = texts.BY_FIELD_CUT.format(items=plural(differing, "item")) if cut else ""
        cards.heading(texts.BY_FIELD, note=f"{texts.BY_FIELD_NOTE} {note}".strip())
        _by_field(page, found, filters)
    others, feeds = st.columns([1, 1.7])
    with others, card("by-reason", "the reasons"):
        cards.heading(texts.BY_REASON)
        _tallies("reason", {code: (one.items, one.waiting) for code, one in found.causes.items()}, filters)
    with feeds, card("by-feed", "the feeds"):
        cards.heading(texts.BY_FEED)
        _by_feed(found, filters)
    with others, card("by-age", "the ages"):
        cards.heading(texts.BY_AGE)
        _tallies("age", {age: (one.items, one.waiting) for age, one in found.ages.items()}, filters)


def _by_field(page: Page, found: DiscrepancyReport, filters: Filters) -> None:
    fields = [one for one in found.fields if one.items or filters.with_waiting]
    if not fields:
        cards.quiet(texts.NO_FIELDS)
        return
    examples = [_examples(one) for one in fields]
    frame = pl.DataFrame(
        {
            "Field": [one.field for one in fields],
            "Items": [one.items + (one.waiting if filters.with_waiting else 0) for one in fields],
            "Share": [found.share_of(one) for one in fields],
            "In your catalog": [example[0] for example in examples],
            "Exported": [example[1] for example in examples],
            "First seen": [moment(one.first_seen, page.zone) for one in fields],
            "Feed": [one.feed for one in fields],
        }
    )
    click_table(
        "field",
        frame,
        [f"{one.feed}:{one.field}" for one in fields],
        current=filters.field,
        height=height_of(len(frame), most=_TALLEST),
        column_config={
            "Field": st.column_config.TextColumn(width=196),
            "Feed": st.column_config.TextColumn(width=110),
            "Items": st.column_config.NumberColumn(width=70, format="localized", help="Feed items affected."),
            "Share": st.column_config.ProgressColumn(
                width=110, format="percent", help="Of the items of its feed whose content differs."
            ),
            "In your catalog": st.column_config.TextColumn(width=205, help="One example."),
            "Exported": st.column_config.TextColumn(width=205, help="The same example."),
            "First seen": st.column_config.TextColumn(width=172, help="Since when the oldest of them differs."),
        },
        alt=texts.BY_FIELD,
    )


def _examples(one: FieldTally) -> tuple[str, str]:
    catalog, exported = excerpts(one.example.get("catalog"), one.example.get("exported"))
    return catalog[:_EXAMPLE], exported[:_EXAMPLE]


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
    frame = pl.DataFrame(
        {
            "Feed": [f"{name} (off)" if name in off else name for name in names],
            "Only catalog": [by_name[name][0] for name in names],
            "Only export": [by_name[name][1] for name in names],
            "Different": [by_name[name][2] for name in names],
            "Waiting": [by_name[name][3] for name in names],
        }
    )
    number = st.column_config.NumberColumn(width=84, format="localized")
    columns = dict.fromkeys(frame.columns[1:], number)
    click_table(
        "feed", frame, names, current=filters.feed, height="content", alt=texts.BY_FEED,
        column_config={"Feed": st.column_config.TextColumn(width=150), **columns},
    )  # fmt: skip
    if equal := len(by_name) - len(names):
        cards.quiet(texts.EQUAL_FEEDS.format(feeds=plural(equal, "feed")))


def _tallies(name: str, tallies: dict[str, tuple[int, int]], filters: Filters) -> None:
    rows = {value: both for value, both in tallies.items() if both[0] or (filters.with_waiting and both[1])}
    if not rows:
        cards.quiet(NONE)
        return
    words = [discrepancy_filters.value_words(name, value) for value in rows]
    frame = pl.DataFrame(
        {
            texts.FILTER_NAMES[name]: words,
            "Items": [items + (waiting if filters.with_waiting else 0) for items, waiting in rows.values()],
        }
    )
    click_table(
        name,
        frame,
        list(rows),
        current=getattr(filters, name),
        height="content",
        alt=texts.FILTER_NAMES[name],
        column_config={"Items": st.column_config.NumberColumn(width=84, format="localized")},
    )


def items_table(page: Page, shown: pl.DataFrame, *, key: str) -> tuple[list[int], int | None]:
    """One page of the list; the rows that are ticked, and the one that was clicked."""
    names = names_of(page.view, [sku for sku in shown["sku"].to_list() if sku])
    frame = pl.DataFrame(
        {
            "SKU": [sku or item for sku, item in shown.select("sku", "item").iter_rows()],
            "Name": [names.get(sku or "", NONE) for sku in shown["sku"]],
            "Kind": [texts.KINDS[kind] for kind in shown["kind"]],
            "Fields": [_fields_words(fields) for fields in shown["fields"].to_list()],
            "Age": [_minutes_words(minutes) for minutes in shown["age_minutes"]],
            "Reason": [product_texts.REASONS.get(reason, (reason,))[0] for reason in shown["reason"]],
            "State": [state_words(state) for state in shown["state"]],
            "Feed": shown["feed"],
            "Scope": [with_groups(scope) if sku else NONE for sku, scope in shown.select("sku", "scope").iter_rows()],
            **({"Destination": shown["destination"]} if len(page.view.destinations) > 1 else {}),
        }
    )
    text = st.column_config.TextColumn
    selection = st.dataframe(
        frame,
        hide_index=True,
        height=height_of(len(frame), most=_TALLEST_LIST),
        row_height=ROW_HEIGHT,
        key=key,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        column_config={
            "SKU": text(width=140, help="Or the identity of an item that belongs to no product."),
            "Name": text(width=185),
            "Kind": text(width=132),
            "Fields": text(width=130),
            "Age": text(width=62, help="Since the catalog has it so, or since it was first tried."),
            "Reason": text(width=104),
            "State": text(width=96),
            "Feed": text(width=138),
            "Scope": text(width=90),
        },
        alt=texts.TITLE,
    )["selection"]
    ticked = [row for row in selection["rows"] if row < len(shown)]
    clicked = [row for row, _ in selection["cells"] if row < len(shown)]
    return ticked, clicked[0] if clicked else None


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
