"""The comparison of two moments: what is compared, and what changed feed by feed, field by field, item by item."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.as_of import Moment
from syncengine.inspection.changes import MOST_PAIRS, Changes, FeedChanges, changes_between, changes_table
from syncengine.inspection.download import file_bytes
from syncengine.inspection.item_then import item_between
from syncengine.inspection.runs import recent_runs
from ui import cards, item_diff, item_texts, links, url_state
from ui import compare_texts as texts
from ui.bootstrap import Page, boundary
from ui.escape import bdi, esc, plain
from ui.formats import NONE, count, moment, plural
from ui.item_head import part_words
from ui.link_table import Column, Row, here, link_table
from ui.page_address import copy_link

MOST_ITEMS = 500
_RUNS = 200
_LONGEST = 60
_PAGE, _OF = "compare", "of"  # in the URL: the feed whose items are listed
_FEED_COLUMNS = (
    Column(heading="Feed"),
    *(
        Column(heading=name, kind="cs-num")
        for name in ("Before", texts.UNCHANGED, texts.ADDED, texts.CHANGED, texts.REMOVED, "After")
    ),
)
_ITEM_COLUMNS = (Column(heading="Item"), Column(heading="Change"), Column(heading="Fields", kind="cs-said"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is compared; `feed` None: all of them."""

    before: str
    after: str
    side: Literal["catalog", "exported"]
    feed: str | None


def question(page: Page) -> Question | None:
    """The form, filled from the URL, else with the last two runs; None when there are no two yet."""
    runs = [run for run, _ in recent_runs(page.view, limit=_RUNS) if run.exported_snapshot is not None]
    known = {
        run.run_id: f"{moment(run.started_at, page.zone)} · {run.status.shown} · {run.run_id}"
        for run in runs
        if not run.dry_run
    }
    if len(known) < 2 and not st.query_params.get("from"):
        return None
    newest = list(known)[:2]
    defaults = {"from": newest[-1] if newest else "", "to": newest[0] if newest else ""}
    before, after, side, feed = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    with before:
        first = _moment_choice("from", texts.FROM, known, defaults["from"])
    with after:
        second = _moment_choice("to", texts.TO, known, defaults["to"])
    with side:
        where = _choice("side", texts.SIDE, texts.SIDES, "catalog")
    with feed:
        of_feed = _choice("feed", texts.FEED, {"": texts.ALL_FEEDS, **{name: name for name in FEEDS}}, "")
    if not first or not second:
        return None
    return Question(
        before=first, after=second, side="exported" if where == "exported" else "catalog", feed=of_feed or None
    )


def _moment_choice(key: str, words: str, known: dict[str, str], default: str) -> str:
    """A run out of the list, or a time that is typed in."""
    url_state.follow_url(key, default=default, read=lambda text: text[:_LONGEST])
    wanted = st.session_state.get(key) or default
    options = list(dict.fromkeys((*known, *([wanted] if wanted else []))))
    return str(
        st.selectbox(
            words,
            options,
            index=options.index(wanted) if wanted in options else None,
            key=key,
            format_func=lambda text: plain(known.get(text, text)),
            accept_new_options=True,
            help=texts.MOMENT_HELP,
            on_change=url_state.write_url,
            args=(key,),
            kwargs={"default": default},
        )
        or ""
    )


def _choice(key: str, words: str, options: dict[str, str], default: str) -> str:
    url_state.follow_url(key, allowed=list(options), default=default)
    return str(
        st.selectbox(
            words,
            list(options),
            key=key,
            format_func=options.__getitem__,
            on_change=url_state.write_url,
            args=(key,),
            kwargs={"default": default},
        )
        or default
    )


def show(page: Page, found: Changes) -> None:
    """What changed: per feed, the fields, and the items of the chosen feed."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        cards.heading(
            texts.BETWEEN.format(before=_words(page, found.before), after=_words(page, found.after)),
        )
        with st.container(horizontal=True, width="content"):
            copy_link(key="compare")
            _download(page, found)
    changed = [feed for feed in found.feeds if feed.added or feed.changed or feed.removed]
    if not changed:
        cards.empty(texts.NOTHING, texts.NOTHING_NEXT)
        return
    feed = _by_feed(found.feeds, changed)
    if feed.fields:
        _fields(feed)
    _items(feed)
    _opened(page, found)


def _download(page: Page, found: Changes) -> None:
    """The items of all feeds that are compared, in a file that is made when it is asked for."""
    popover = st.popover(item_texts.DOWNLOAD, icon=":material/download:", key="download-changes", on_change="rerun")
    if not popover.open:
        return
    with popover:
        cards.quiet(texts.DOWNLOAD_NOTE.format(most=f"{MOST_PAIRS:,}"))
        with st.container(horizontal=True):
            for kind, names in item_texts.FORMATS.items():
                st.download_button(
                    names,
                    data=partial(_file, page, found, kind),
                    file_name=f"changes-{found.before.snapshot_id}-{found.after.snapshot_id}.{kind}",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"download-changes-{kind}",
                )


def _file(page: Page, found: Changes, kind: str) -> bytes:
    whole = changes_between(
        page.view,
        before=str(found.before.snapshot_id),
        after=str(found.after.snapshot_id),
        side=found.side,
        feeds=tuple(feed.feed for feed in found.feeds),
        limit=MOST_PAIRS,
    )
    return file_bytes(changes_table(whole), kind)


def _words(page: Page, at: Moment) -> str:
    when = moment(at.taken_at, page.zone)
    return f"{when} (run {at.run_id})" if at.run_id else when


def _by_feed(feeds: tuple[FeedChanges, ...], changed: list[FeedChanges]) -> FeedChanges:
    """The table of feeds, whose rows choose one; the feed that the URL names, the first that changed until it does."""
    cards.line(texts.BY_FEED_NOTE)
    ordered = [*changed, *(feed for feed in feeds if feed not in changed)]
    chosen = next((feed for feed in ordered if feed.feed == st.query_params.get(_OF)), ordered[0])
    link_table(
        _FEED_COLUMNS,
        [
            Row(
                cells=[
                    esc(feed.feed),
                    *map(count, (feed.before, feed.unchanged, feed.added, feed.changed, feed.removed, feed.after)),
                ],
                address=here(_PAGE, **{_OF: feed.feed, "item": None}),
                current=feed is chosen,
            )
            for feed in ordered
        ],
        label=texts.BY_FEED,
        kind="cs-filter cs-all",
    )
    return chosen


def _fields(feed: FeedChanges) -> None:
    cards.heading(f"{texts.BY_FIELD}: {feed.feed}")
    most = max(feed.fields.values())
    cards.table(
        ["Field", "Items"],
        [[bdi(name), cards.share(items / most, count(items))] for name, items in feed.fields.items()],
        kind="cs-parts",
        label=texts.BY_FIELD,
        tall=True,
    )


def _items(feed: FeedChanges) -> None:
    """The items that changed; each row opens its item below."""
    total = feed.added + feed.changed + feed.removed
    cards.heading(f"{texts.ITEMS}: {feed.feed} · {plural(total, 'item')}")
    if not feed.items:
        return
    current = st.query_params.get("item")
    rows = []
    for one in feed.items:
        item = f"{feed.feed}:{one.feed_id}"
        rows.append(
            Row(
                cells=[
                    bdi(one.item),
                    esc(texts.OPERATIONS.get(one.change, one.change)),
                    bdi(", ".join(one.fields) or NONE),
                ],
                address=here(_PAGE, item=item),
                current=item == current,
            )
        )
    link_table(_ITEM_COLUMNS, rows, label=texts.ITEMS, kind="cs-opens")
    if total > len(feed.items):
        cards.line(texts.MOST_ITEMS.format(most=f"{MOST_ITEMS:,}"))


def _opened(page: Page, found: Changes) -> None:
    """The item that the URL names, as it was and as it came to be."""
    feed, _, feed_id = (st.query_params.get("item") or "").partition(":")
    if feed not in FEEDS:
        cards.quiet(texts.CHOOSE_ITEM)
        return
    with st.container(border=True, key="card-opened"), boundary("this item"):
        told = item_between(page.view, feed, feed_id, before=found.before, after=found.after, side=found.side)
        payload = item_diff.parsed(told.after or told.before) or {}
        columns = get_feed(feed).identity
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            named = " · ".join(part_words(column, str(payload[column])) for column in columns if payload.get(column))
            cards.heading(f"{named or feed_id} · {feed}")
            st.page_link(
                links.ITEM, label=texts.OPEN_ITEM, icon=":material/open_in_full:",
                query_params={"feed": feed, "id": feed_id},
            )  # fmt: skip
        item_diff.between(page, told)
