"""The list of discrepancies: search, chips, rows, what can be done with them, and the one that is opened."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from syncengine.access.wish import MOST_VALUES
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.discrepancies import DiscrepancyReport
from syncengine.inspection.discrepancy_list import DiscrepancyPage, discrepancy_schema
from syncengine.inspection.discrepancy_table import DiscrepancyQuery
from syncengine.inspection.requests import next_window
from syncengine.inspection.scopes import Scope
from ui import (
    cards,
    discrepancy_blocks,
    discrepancy_data,
    discrepancy_filters,
    discrepancy_item,
    discrepancy_verify,
    link_table,
    url_state,
)
from ui import discrepancy_texts as texts
from ui import texts as shared_texts
from ui.bootstrap import Page, boundary
from ui.discrepancy_data import Filters
from ui.downloads import download_menu
from ui.formats import count, moment, plural
from ui.link_table import selected_note
from ui.page_address import copy_link
from ui.paging import turn_pages
from ui.resync import ask_resync


def show(page: Page, found: DiscrepancyReport, filters: Filters, scope: Scope | None) -> None:
    """Everything from the search on."""
    _search()
    discrepancy_filters.chips(filters, discrepancy_blocks.age_words(found))
    if found.catalog_at is None:
        discrepancy_blocks.nothing(found, filters, _when(page))
        return
    query = filters.query(found, scope)
    url_state.follow_url("page", default=1, read=_page_number)
    listed = _listed(page, query, int(st.session_state.get("page") or 1))
    if not listed.total:
        discrepancy_blocks.nothing(found, filters, _when(page))
        discrepancy_verify.answer(page, found.catalog_at)
        return
    number = min(int(st.session_state.get("page") or 1), -(-listed.total // discrepancy_blocks.ROWS))
    discrepancy_blocks.items_table(page, listed.rows)
    _foot(listed, (number - 1) * discrepancy_blocks.ROWS)
    with st.container(horizontal=True, key="list-actions"):
        _actions(page, listed, query)
        copy_link(key="list")
        download_menu(
            route="discrepancies",
            parameters=filters.parameters(scope),
            note=texts.DOWNLOAD_NOTE.format(items=plural(listed.total, "item")),
            key="list",
        )
    discrepancy_verify.answer(page, found.catalog_at)
    _opened(page, query)


def _listed(page: Page, query: DiscrepancyQuery, number: int) -> DiscrepancyPage:
    """The page of that number, or the last one when there are fewer."""
    rows = discrepancy_blocks.ROWS
    listed = discrepancy_data.listed(page, query, limit=rows, offset=(number - 1) * rows)
    if len(listed.rows) or not listed.total:
        return listed
    return discrepancy_data.listed(page, query, limit=rows, offset=(listed.total - 1) // rows * rows)


def _search() -> None:
    url_state.follow_url("q", default="", read=lambda text: text[: discrepancy_filters.LONGEST_TEXT])
    st.text_input(
        shared_texts.SEARCH,
        key="q",
        type="search",
        live="300ms",
        max_chars=discrepancy_filters.LONGEST_TEXT,
        placeholder=texts.SEARCH_HINT,
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=url_state.write_url,
        args=("q",),
        kwargs={"default": "", "then": discrepancy_filters.to_first_page},
    )


def _page_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000:
        raise ValueError(text)
    return number


def _when(page: Page) -> str:
    at = next_window(page.view).at
    return f", {moment(at, page.zone, now=page.now)}" if at else ""


def _foot(listed: DiscrepancyPage, first: int) -> None:
    place, turning = st.columns([1, 2], vertical_alignment="center")
    with place, st.container(horizontal=True, gap="small"):
        cards.quiet(f"{first + 1:,}–{first + len(listed.rows):,} of {plural(listed.total, 'item')}")
        selected_note("item")
    if listed.total > discrepancy_blocks.ROWS:
        with turning:
            turn_pages(listed.total, discrepancy_blocks.ROWS)


def _actions(page: Page, listed: DiscrepancyPage, query: DiscrepancyQuery) -> None:
    """Resync and verify, of what is ticked, or of the whole list."""
    items = link_table.ticked()
    chosen = _items(page, query, items) if items else listed
    feeds, reasons, products = chosen.feeds, chosen.reasons, chosen.products
    many = shared_texts.RESYNC_SELECTION if items else texts.RESYNC_THESE.format(products=plural(products, "product"))
    if products > MOST_VALUES:
        words = shared_texts.RESYNC_TOO_MANY.format(most=count(MOST_VALUES))
        st.button(texts.RESYNC_ALL, icon=":material/sync:", disabled=True, help=words, key="these-off")
    elif products:
        skus = sorted(set(chosen.rows["sku"].drop_nulls())) if items else _skus(page, query)
        ask_resync(page, skus=skus, feeds=feeds if len(feeds) == 1 else (), key="these", many=many)
        places = chosen.rows["destination"].unique().to_list()
        discrepancy_verify.offer(page, skus, places[0] if len(places) == 1 else None)
    elif reasons == ("rejected",):
        ask_resync(page, feeds=feeds, refused=True, key="these")


def _items(page: Page, query: DiscrepancyQuery, items: Sequence[str]) -> DiscrepancyPage:
    """These items, as `feed:feed_id`, on whichever pages of the list they are; what does not differ is left out."""
    pairs = [item.partition(":")[::2] for item in items]
    feeds, feed_ids = zip(*pairs, strict=True)
    known = tuple(sorted(set(feeds) & set(FEEDS)))
    if not known:
        return DiscrepancyPage(rows=pl.DataFrame(schema=discrepancy_schema()))
    wanted = DiscrepancyQuery(feeds=known, feed_ids=tuple(sorted(set(feed_ids))), now=query.now)
    return discrepancy_data.listed(page, wanted, limit=len(items) * len(page.view.destinations), offset=0)


def _skus(page: Page, query: DiscrepancyQuery) -> list[str]:
    return discrepancy_data.skus(page, query, most=MOST_VALUES)


def _opened(page: Page, query: DiscrepancyQuery) -> None:
    """The item that the URL names: the one whose row was chosen last, here or among those that were verified."""
    item = st.query_params.get("item") or ""
    feed, _, feed_id = item.partition(":")
    if not feed_id:
        cards.quiet(texts.CHOOSE)
        return
    with st.container(border=True, key="card-opened"), boundary("this item"):
        found = _items(page, query, [item]).rows
        discrepancy_item.opened(page, feed, feed_id, found.row(0, named=True) if len(found) else None)
