"""The blocks of the product page: its facts, the choice of one feed item, and that item's two sides."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import polars as pl
import streamlit as st

from syncengine.inspection.products import ProductQuery, ProductStory, StoryItem, search_products
from syncengine.inspection.story import ItemDiff, item_diff
from ui import cards, texts, url_state
from ui.bootstrap import Page
from ui.diff_view import side_by_side
from ui.escape import bdi, esc
from ui.formats import NONE, ago, moment, plural
from ui.product_table import price_words, state_words, type_words

VOLATILE = frozenset({"modifiedAt", "updatedAt", "deleted"})
_LONGEST_TREE = 200_000
_SHOWN_FIELDS = 200
_ITEMS_SHOWN, _ROW_HEIGHT = 6, 34
_SETTLED = ("in_sync", "removed")
_LONGEST_VALUE, _BEFORE_DIFFERENCE = 300, 40


def head(page: Page, story: ProductStory) -> None:
    """Name, state and the facts of the list's row."""
    row = _listed(page, story.sku)
    states = Counter(item.state for item in story.items)
    worst = next((state for state in _BY_CONCERN if states[state]), "in_sync")
    name = row["name"] if row else story.sku
    st.html(
        f'<div class="cs-head"><div><h1>{bdi(name, longest=200)}</h1></div>'
        f'<div class="cs-strip">{cards.state_badge(worst)}</div></div>'
    )
    with st.container(border=True, key="card-facts"):
        row = row or {}
        cards.facts(
            [
                ("SKU", cards.mono(story.sku)),
                ("ID", esc(row.get("id") or NONE)),
                ("Type", bdi(type_words(row.get("type")))),
                ("Visibility", bdi(row.get("visibility") or NONE)),
                ("Price", bdi(price_words(row.get("price"), row.get("currency"), row.get("type")))),
                ("Store view", bdi(row.get("store_view") or NONE)),
                ("Last Exported", esc(moment(_newest(story), page.zone))),
                ("Last Modified", esc(moment(row.get("last_modified"), page.zone) if row else NONE)),
            ]
        )


_BY_CONCERN = ("rejected", "dead_letter", "unknown", "retry", "waiting", "not_exported", "in_sync", "removed")


def _listed(page: Page, sku: str) -> dict[str, Any] | None:
    """The product's row of the catalog list, or else of the synced list: that of the store view in the URL if there
    is one, else of the default one."""
    wanted = (st.query_params.get("view"), "default")
    for side in ("catalog", "synced"):
        query = ProductQuery(text=sku, side=side, sort="store_view", descending=False, limit=100)
        rows = [row for row in search_products(page.view, query).rows.iter_rows(named=True) if row["sku"] == sku]
        for row in sorted(rows, key=lambda row: [row["store_view"] != view for view in wanted]):
            return row
    return None


def _newest(story: ProductStory) -> Any:
    times = [item.last_exported_at for item in story.items if item.feed == "products" and item.last_exported_at]
    return max(times, default=None)


def set_aside(story: ProductStory) -> None:
    """Records of this product that could not be compiled, and why."""
    for record in story.set_aside:
        cards.problem(
            f"{record.feed}: this record was set aside when the catalog was read last. {record.message}",
            hint="Correct it in the store; until then the item stays as it was exported before.",
            support=f"{record.code} · record {record.source_entity_id or NONE} · {record.scope or 'all scopes'}",
        )


def chosen_item(story: ProductStory) -> StoryItem:
    """The feed item to look at: chosen by feed and then by row, first of all one that differs."""
    first = next((item for item in story.items if item.state not in _SETTLED), story.items[0])
    feeds = list(dict.fromkeys(item.feed for item in story.items))
    url_state.follow_url("feed", allowed=feeds, default=first.feed)
    feed = st.segmented_control(
        texts.FEED,
        feeds,
        default=first.feed,
        required=True,
        key="feed",
        on_change=url_state.write_url,
        args=("feed",),
        format_func=lambda name: _feed_label(story, name),
    )
    items = story.of_feed(feed or first.feed) or story.items
    if len(items) == 1:
        return items[0]
    view = st.query_params.get("view")
    concern = [(item.identity.get("storeViewCode") != view, item.state in _SETTLED) for item in items]
    preferred = concern.index(min(concern))
    chosen = st.dataframe(
        pl.DataFrame([_item_row(item) for item in items]),
        hide_index=True,
        height="content" if len(items) <= _ITEMS_SHOWN else (_ITEMS_SHOWN + 1) * _ROW_HEIGHT + 3,
        row_height=_ROW_HEIGHT,
        key=f"items-{feed}",
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [preferred]}},
        alt=f"Items of the feed {feed}",
    )["selection"]["rows"]
    return items[chosen[0] if chosen and chosen[0] < len(items) else preferred]


def _feed_label(story: ProductStory, feed: str) -> str:
    items = story.of_feed(feed)
    off = sum(item.state not in _SETTLED for item in items)
    return f"{feed} · {off} of {len(items)} differ" if off else f"{feed} · {len(items)}"


def _item_row(item: StoryItem) -> dict[str, str]:
    return {
        **{_heading(name): value or "" for name, value in item.identity.items()},
        "State": state_words(item.state),
    }


def _heading(field: str) -> str:
    """`storeViewCode` as Store view code, `sku` as SKU."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in field)
    return re.sub(r"\bsku\b", "SKU", words[:1].upper() + words[1:], flags=re.IGNORECASE)


def why(item: StoryItem, page: Page) -> None:
    """The item's state in one sentence, and the destination's own words when it refused."""
    sentence = cards.sentence(texts.STATE_SENTENCES.get(item.state, ""))
    exported = "" if item.last_exported_at is None else f" Last exported {ago(item.last_exported_at, page.now)}."
    by = f" Run {item.exported_by}." if item.exported_by else ""
    st.html(
        f'<div class="cs-why">{cards.state_badge(item.state)}<span>{sentence}'
        f'<span class="cs-soft">{esc(exported)}{esc(by)}</span></span></div>'
    )
    if refusal := item.refusal:
        answer = f"HTTP {refusal.http_status}" if refusal.http_status else "no answer"
        cards.problem(
            f"The destination's answer: {refusal.message or 'none'}",
            support=f"{answer} · attempt {refusal.attempts} · {moment(refusal.tried_at, page.zone)}"
            f" · request {refusal.request_id or NONE} · run {refusal.run_id}",
        )


def differences(item: StoryItem, story: ProductStory) -> None:
    """The fields that differ, then both sides line by line."""
    found = item_diff(item, story.destination)
    if found is None:
        cards.quiet(texts.STATE_SENTENCES["removed"])
        return
    _summary(found)
    if found.kind == "equal":
        return
    catalog, exported = _parsed(item.catalog), _parsed(item.exported)
    options, legend = st.columns([1, 1], vertical_alignment="center")
    with options, st.container(horizontal=True):
        only = st.toggle(texts.DIFF_ONLY_CHANGES, value=True, key="only_changes")
        volatile = st.toggle(texts.DIFF_VOLATILE, key="volatile")
    with legend:
        marks = "".join(f"<span><b>{esc(mark)}</b>{esc(words)}</span>" for mark, words in texts.DIFF_LEGEND)
        st.html(f'<div class="cs-legend cs-right-side">{marks}</div>')
    without = frozenset() if volatile else VOLATILE
    st.html(side_by_side(catalog, exported, without=without, only_changes=only))


def _summary(found: ItemDiff) -> None:
    if found.kind == "only_catalog":
        cards.note("○", texts.DIFF_ONLY_CATALOG)
    elif found.kind == "only_exported":
        cards.note("–", texts.DIFF_ONLY_EXPORTED, tone="warn")
    elif not found.differences:
        cards.note("✓", texts.DIFF_EQUAL, tone="ok")
    else:
        fields = plural(len(found.differences), "field differs", "fields differ")
        cards.note("~", texts.DIFF_DIFFERENT.format(fields=fields), tone="warn")
        rows = "".join(
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>".format(
                bdi(edit.path), *map(bdi, _excerpts(edit.after, edit.before)), esc(edit.change.capitalize())
            )
            for edit in found.differences[:_SHOWN_FIELDS]
        )
        st.html(
            '<table class="cs-fields"><thead><tr><th scope="col">Field</th>'
            f'<th scope="col">{esc(texts.DIFF_LEFT)}</th><th scope="col">{esc(texts.DIFF_RIGHT)}</th>'
            f'<th scope="col">Kind</th></tr></thead><tbody>{rows}</tbody></table>'
        )
        if len(found.differences) > _SHOWN_FIELDS:
            cards.quiet(f"{len(found.differences) - _SHOWN_FIELDS:,} more fields differ; see below.")


def _excerpts(one: Any, other: Any) -> tuple[str, str]:
    """Both values as text; long ones begin shortly before the place where they part."""
    texts_of = tuple(
        NONE if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for value in (one, other)
    )
    if max(map(len, texts_of)) <= _LONGEST_VALUE:
        return texts_of[0], texts_of[1]
    same = next((at for at, pair in enumerate(zip(*texts_of, strict=False)) if pair[0] != pair[1]), 0)
    start = same - _BEFORE_DIFFERENCE if same > 2 * _BEFORE_DIFFERENCE else 0
    lead = "…" if start else ""
    return f"{lead}{texts_of[0][start:]}", f"{lead}{texts_of[1][start:]}"


def payload(text: str | None, missing: str) -> None:
    """One side as JSON: the text to copy, and a tree to look around in."""
    if text is None:
        cards.empty(missing)
        return
    value = _parsed(text)
    readable = json.dumps(value, indent=2, ensure_ascii=False)
    as_tree = len(readable) <= _LONGEST_TREE and st.toggle(texts.READ_TREE, key="tree")
    if as_tree:
        st.json(value, expanded=2)
    else:
        st.code(readable, language="json" if len(readable) <= _LONGEST_TREE else None, height=720)


def _parsed(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)
