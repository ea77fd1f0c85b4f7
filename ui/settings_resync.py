"""Resync Data on the Settings page: the form in the documented words, what it would cost, and the queue."""

from __future__ import annotations

import streamlit as st

from syncengine.access.wish import MOST_VALUES, ResyncWish
from syncengine.feeds.registry import FEEDS, PRESETS
from syncengine.inspection.product_names import names_of
from syncengine.inspection.requests import NextWindow, RequestRow, list_requests, next_window
from syncengine.inspection.resync_estimate import ResyncEstimate, estimate_resync
from ui import cards, links, resync, texts
from ui.bootstrap import Page, boundary
from ui.escape import bdi, esc
from ui.formats import ago, count, duration, moment, plural
from ui.link_table import Column, Row, link_table

WHATS = {"all": texts.WHAT_ALL, "feeds": texts.WHAT_FEEDS, "skus": texts.WHAT_SKUS}
MODES = {"reindex": texts.MODE_REINDEX, "compare": texts.MODE_COMPARE, "no-reindex": texts.MODE_NO_REINDEX}
_LONGEST_LIST = 200_000


def form(page: Page) -> None:
    """What to send again, how, what that costs, and the button."""
    cards.heading(texts.RESYNC_DATA)
    st.html(f'<p class="cs-load">{esc(texts.RESYNC_WARNING)}</p>')
    resync.tell_what_was_said()
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.segmented_control(
            texts.WHAT, list(WHATS), default="all", required=True, key="what", format_func=WHATS.__getitem__
        )
        _chosen_part()
    with right:
        modes = [mode for mode in MODES if st.session_state.get("what") != "skus" or mode != "compare"]
        if st.session_state.get("mode") not in modes:
            st.session_state.pop("mode", None)
        st.radio(
            texts.MODE,
            modes,
            key="mode",
            format_func=MODES.__getitem__,
            captions=[texts.MODE_CAPTIONS[mode] for mode in modes],
        )
        st.toggle(texts.RESYNC_DRY, key="dry", help=texts.RESYNC_DRY_HELP)
    _press(page, _wish())


def _chosen_part() -> None:
    what = st.session_state.get("what")
    if what == "feeds":
        st.pills(
            texts.WHAT_FEEDS, list(FEEDS), selection_mode="multi", key="feeds", label_visibility="collapsed", wrap=True
        )
    elif what == "skus":
        st.text_area(
            texts.SKU_LIST,
            key="skus",
            placeholder=texts.SKU_LIST_HINT,
            max_chars=_LONGEST_LIST,
            height=132,
            help=texts.SKU_LIST_HELP,
        )
    else:
        rows = "".join(
            f"<dt>{esc(name.capitalize())}</dt><dd>{esc(' → '.join(feeds))}</dd>" for name, feeds in PRESETS.items()
        )
        st.html(
            f'<p class="cs-label">{esc(texts.FEED_ORDER)}</p><p class="cs-line">{esc(" → ".join(FEEDS))}</p>'
            f'<dl class="cs-orders">{rows}</dl>'
        )


def _wish() -> ResyncWish | None:
    """What the widgets stand for; None while something is missing, which is told."""
    state = st.session_state
    what, skus = state.get("what", "all"), _sku_list(state.get("skus") or "")
    chosen = {"mode": state.get("mode") or "reindex", "dry_run": bool(state.get("dry"))}
    if what == "feeds":
        if not state.get("feeds"):
            return None
        return ResyncWish(feeds=tuple(feed for feed in FEEDS if feed in state["feeds"]), **chosen)
    if what == "skus":
        if not skus or len(skus) > MOST_VALUES or max(map(len, skus)) > 512:
            return None
        return ResyncWish(skus=skus, **chosen)
    return ResyncWish(**chosen)


def _sku_list(text: str) -> tuple[str, ...]:
    """One SKU a line, as copied from a sheet; on a single line commas part them."""
    lines = text.replace("\t", "\n").splitlines()
    if len(lines) == 1:
        lines = lines[0].split(",")
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _press(page: Page, wish: ResyncWish | None) -> None:
    with st.container(key="resync-press", horizontal=True, vertical_alignment="center", gap="medium"):
        with boundary("the estimate"):
            below = cards.sentence(served_words(page, next_window(page.view)))
            st.html(f'<p class="cs-estimate">{estimate_words(page, wish)}</p><p class="cs-line">{below}</p>')
        operates = page.user.may("operate")
        understood = st.checkbox(texts.UNDERSTAND, key="understood", disabled=not operates)
        ready = operates and understood and wish is not None
        words = "" if ready else texts.ONLY_OPERATORS if not operates else texts.TICK_FIRST
        st.button(
            texts.RESYNC,
            type="primary",
            key="resync",
            icon=":material/sync:",
            disabled=not ready,
            help=words,
            on_click=_submit,
            args=(page, wish),
        )


def _submit(page: Page, wish: ResyncWish | None) -> None:
    if wish is not None:
        resync.submit(page, wish)
        st.session_state["understood"] = False


def served_words(page: Page, window: NextWindow) -> str:
    """When what is asked for now is served, and whether the engine lives; or that the reader may not ask."""
    if not page.user.may("operate"):
        return texts.ONLY_OPERATORS
    seen = ago(window.heartbeat_at, page.now)
    if not window.engine_runs:
        return texts.SERVED_NEVER
    if window.pause is not None:
        return texts.SERVED_PAUSED.format(seen=seen)
    if window.at is None:
        return texts.SERVED_SOON.format(seen=seen)
    at = moment(window.at, page.zone, now=page.now)
    return texts.SERVED_AT.format(at=at, within=ago(window.at, page.now), seen=seen)


def estimate_words(page: Page, wish: ResyncWish | None) -> str:
    if wish is None:
        return esc(texts.CHOOSE_FEEDS if st.session_state.get("what") == "feeds" else texts.NAME_SKUS)
    if wish.skus:
        known = names_of(page.view, wish.skus)
        unknown = [sku for sku in wish.skus if sku not in known]
        skus = plural(len(unknown), "SKU is not", "SKUs are not")
        left_out = f". {bdi(texts.UNKNOWN_SKUS.format(skus=skus, first=unknown[0]))}" if unknown else ""
        return f"<strong>{esc(plural(len(wish.skus), 'SKU'))}</strong>, {esc(texts.IN_EVERY_FEED)}{left_out}"
    found = estimate_resync(page.view, wish.feeds, only_differing=wish.mode == "compare")
    return _found_words(found, only_differing=wish.mode == "compare")


def _found_words(found: ResyncEstimate, *, only_differing: bool) -> str:
    if not found.items:
        return esc(texts.ESTIMATE_NOTHING_DIFFERS if only_differing else texts.ESTIMATE_NOTHING)
    words = [f"<strong>{esc(plural(found.items, 'feed item'))}</strong>"]
    if found.batches is not None:
        words.append(f"about {esc(plural(found.batches, 'batch', 'batches'))}")
    if found.seconds is not None and found.seconds_items:
        words.append(
            f"the largest sync so far, {count(found.seconds_items)} items, took {esc(duration(found.seconds))}"
        )
    return ", ".join(words) + (esc(texts.ESTIMATE_DIFFERING) if only_differing else "")


def queue(page: Page) -> None:
    """What was asked for: the open ones with their buttons, then what became of the others."""
    rows = list_requests(page.view, limit=25)
    window = next_window(page.view)
    cards.heading(texts.QUEUE, note="" if rows else texts.QUEUE_EMPTY)
    waiting = [row for row in rows if row.is_open]
    for row in waiting:
        resync.requested(page, row, window, key=row.request_id)
        if row.run_id is not None:
            st.page_link(links.RUN, label=texts.WATCH_RUN, query_params={"run": row.run_id})
    others = [row for row in rows if not row.is_open]
    if others:
        link_table(
            [Column(heading=heading, kind="cs-said" if heading == "What" else "") for heading in texts.QUEUE_COLUMNS],
            [_request(row, page) for row in others],
            label=texts.QUEUE,
            link=texts.QUEUE_COLUMNS.index("Run"),
            kind="cs-few",
        )


def _request(row: RequestRow, page: Page) -> Row:
    """A request that is over; it leads to its run, if there was one."""
    return Row(
        cells=[
            esc(moment(row.requested_at, page.zone)),
            bdi(row.requested_by),
            bdi(row.what),
            cards.run_badge(row.state),
            bdi(row.run_id),
            cards.run_badge(row.run_status) if row.run_status else bdi(row.reason),
        ],
        address=links.address("run", run=row.run_id) if row.run_id else "",
    )
