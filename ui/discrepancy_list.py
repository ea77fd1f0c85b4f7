"""The list of discrepancies: search, chips, rows, what can be done with them, and the one that is opened."""

from __future__ import annotations

import shlex
from typing import Any

import polars as pl
import streamlit as st

from syncengine.inspection.discrepancies import DiscrepancyReport
from syncengine.inspection.live import MOST_SKUS
from syncengine.inspection.requests import next_window
from syncengine.inspection.scopes import Scope
from syncengine.inspection.takeaway import discrepancies_download
from ui import cards, discrepancy_blocks, discrepancy_data, discrepancy_filters, discrepancy_item, url_state
from ui import discrepancy_texts as texts
from ui import texts as shared_texts
from ui.bootstrap import Page, boundary
from ui.discrepancy_data import Filters
from ui.downloads import download_menu
from ui.formats import moment, plural
from ui.page_address import copy_link
from ui.paging import turn_pages
from ui.resync import ask_resync


def show(page: Page, found: DiscrepancyReport, filters: Filters, scope: Scope | None) -> None:
    """Everything from the search on."""
    _search()
    discrepancy_filters.chips(filters, discrepancy_blocks.age_words(found))
    rows = discrepancy_data.listed(page, found, filters, scope)
    if not len(rows):
        discrepancy_blocks.nothing(found, filters, _when(page))
        return
    if discrepancy_data.is_cut(found, filters):
        discrepancy_blocks.cut_note()
    pages = -(-len(rows) // discrepancy_blocks.ROWS)
    url_state.follow_url("page", default=1, read=_page_number)
    number = min(int(st.session_state.get("page") or 1), pages)
    first = (number - 1) * discrepancy_blocks.ROWS
    key = f"items-{hash((filters, scope, number))}"
    ticked, clicked = discrepancy_blocks.items_table(page, rows, first=first, key=key)
    _foot(rows, first)
    _actions(page, rows, ticked)
    _opened(page, rows, clicked)


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


def _foot(rows: pl.DataFrame, first: int) -> None:
    place, turning = st.columns([1, 2], vertical_alignment="center")
    with place:
        last = min(first + discrepancy_blocks.ROWS, len(rows))
        cards.quiet(f"{first + 1:,}–{last:,} of {plural(len(rows), 'item')}")
    if len(rows) > discrepancy_blocks.ROWS:
        with turning:
            turn_pages(len(rows), discrepancy_blocks.ROWS)


def _actions(page: Page, rows: pl.DataFrame, ticked: list[int]) -> None:
    """Resync, verify, link and download, of what is ticked, or of the whole list."""
    wanted = rows[ticked] if ticked else rows
    skus = list(dict.fromkeys(wanted["sku"].drop_nulls().to_list()))
    feeds = list(dict.fromkeys(wanted["feed"].to_list()))
    many = shared_texts.RESYNC_SELECTION if ticked else texts.RESYNC_THESE.format(products=plural(len(skus), "product"))
    with st.container(horizontal=True, key="list-actions"):
        if skus:
            ask_resync(page, skus=skus, feeds=feeds if len(feeds) == 1 else (), key="these", many=many)
        elif set(wanted["reason"].to_list()) == {"rejected"}:
            ask_resync(page, feeds=feeds, refused=True, key="these")
        if skus:
            with st.popover(texts.VERIFY, icon=":material/fact_check:"):
                cards.line(texts.VERIFY_NOTE.format(most=MOST_SKUS))
                st.code(verify_command(skus), language=None, wrap_lines=True)
        copy_link(key="list")
        if len(feeds) == 1:
            feed = feeds[0]
            download_menu(
                page,
                route="discrepancies",
                parameters={"feed": feed},
                make=lambda: discrepancies_download(page.view, feed),
                note=texts.DOWNLOAD_NOTE.format(feed=feed),
                key="list",
            )


def verify_command(skus: list[str]) -> str:
    """The command that compares live; what a shell would read otherwise is quoted."""
    return shlex.join(["catalog-sync", "verify", *(["--"] if any(sku.startswith("-") for sku in skus) else []),
                       *skus[:MOST_SKUS]])  # fmt: skip


def _opened(page: Page, rows: pl.DataFrame, clicked: int | None) -> None:
    """The item that was clicked, or that the URL names."""
    if clicked is not None:
        row = rows.row(clicked, named=True)
        st.query_params["item"] = f"{row['feed']}:{row['feed_id']}"
    feed, _, feed_id = (st.query_params.get("item") or "").partition(":")
    if not feed_id:
        cards.quiet(texts.CHOOSE)
        return
    with st.container(border=True, key="card-opened"), boundary("this item"):
        discrepancy_item.opened(page, feed, feed_id, _row_of(rows, feed, feed_id))


def _row_of(rows: pl.DataFrame, feed: str, feed_id: str) -> dict[str, Any] | None:
    found = rows.filter((pl.col("feed") == feed) & (pl.col("feed_id") == feed_id))
    return found.row(0, named=True) if len(found) else None
