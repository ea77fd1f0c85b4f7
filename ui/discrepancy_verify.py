"""Verify now: products compared with the store as it is at this moment. The engine asks the store."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from syncengine.access import actions
from syncengine.control.live_check import MOST_SKUS, LiveCheck, LiveDifference, LiveFindings
from syncengine.inspection.connection import live_check
from syncengine.inspection.customer_groups import with_groups
from ui import cards, links, resync
from ui import discrepancy_texts as texts
from ui import texts as shared_texts
from ui.bootstrap import Page, boundary
from ui.discrepancy_filters import PAGE
from ui.escape import bdi, esc
from ui.formats import NONE, ago, count, duration, moment, plural
from ui.link_table import Column, Row, here, link_table
from ui.resync import asking, keeping_errors

_SHOWN = "verify"  # in the URL: the last check is shown
_POPOVER = "verify-now"
_EVERY_SECONDS = 2
_COLUMNS = (
    Column(heading="SKU", kind="cs-long cs-mono"),
    Column(heading="Feed"),
    Column(heading="Scope"),
    Column(heading="Store, snapshot, export", kind="cs-said"),
    Column(heading="Fields, exported → in the store now", kind="cs-said"),
)


def offer(page: Page, skus: Sequence[str], destination: str | None) -> None:
    """A button that opens what is about to happen: have the engine ask the store, or do it in a terminal."""
    popover = st.popover(texts.VERIFY, icon=":material/fact_check:", key=_POPOVER, on_change="rerun")
    if not popover.open:
        return
    with popover:
        cards.line(texts.VERIFY_NOTE.format(most=MOST_SKUS))
        first = list(skus[:MOST_SKUS])
        many = texts.VERIFY_THESE if len(skus) <= MOST_SKUS else texts.VERIFY_FIRST
        names = texts.VERIFY_ONE if len(first) == 1 else many.format(products=plural(len(first), "product"))
        words = "" if page.user.may("operate") else shared_texts.ONLY_OPERATORS
        st.button(
            names,
            key="verify-ask",
            type="primary",
            disabled=bool(words),
            help=words,
            on_click=_ask,
            args=(page, first, destination),
        )
        cards.line(texts.VERIFY_COMMAND)
        st.code(command(first), language=None, wrap_lines=True)


def command(skus: Sequence[str]) -> str:
    """The command that compares live; what a shell would read otherwise is quoted."""
    return shlex.join(["catalog-sync", "verify", *(["--"] if any(sku.startswith("-") for sku in skus) else []),
                       *skus[:MOST_SKUS]])  # fmt: skip


def _ask(page: Page, skus: list[str], destination: str | None) -> None:
    st.query_params[_SHOWN] = "now"
    st.session_state[_POPOVER] = False
    with keeping_errors():
        actions.request_live_check(page.view.control, skus, destination=destination, user=asking(page))


def _close() -> None:
    st.query_params.pop(_SHOWN, None)


def is_shown() -> bool:
    """Whether the URL says that the last check is shown."""
    return _SHOWN in st.query_params


def answer(page: Page, read_at: datetime | None, *, sku: str = "") -> None:
    """The last check that was asked for, where the URL says that it is shown; live while the engine makes it.
    `read_at`: when the snapshot was read that the page shows now; `sku`: only if it is of this product alone."""
    if not is_shown():
        return
    with st.container(border=True, key="card-verified"), boundary("the live check"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            cards.heading(texts.VERIFIED)
            st.button(texts.CLOSE, key="verify-close", type="tertiary", icon=":material/close:", on_click=_close)
        resync.tell_what_was_said()
        check, _ = live_check(page.view)
        if check is None:
            cards.quiet(texts.VERIFY_NEVER)
        elif sku and check.skus != (sku,):
            cards.quiet(texts.VERIFY_OTHER if check.found is None else texts.VERIFY_OTHERS)
        elif check.found is None:
            _awaited(page)
        else:
            is_old = _is_before(check.finished_at, read_at)
            _found(page, check, check.found, _item_page if sku else _opened, is_old=is_old)


@st.fragment(run_every=_EVERY_SECONDS)
def _awaited(page: Page) -> None:
    """How far it is; when it has been made, the page is drawn once more."""
    check, engine_runs = live_check(page.view)
    if check is None or check.found is not None:
        st.rerun()
    asked = texts.VERIFY_ASKED.format(
        products=plural(len(check.skus), "product"), by=check.asked_by, ago=ago(check.asked_at, page.now)
    )
    if not engine_runs:
        cards.note("!", f"{asked} {texts.VERIFY_NO_ENGINE}", tone="warn")
        st.code(command(check.skus), language=None, wrap_lines=True)
    else:
        cards.note("●", f"{asked} {texts.VERIFY_WAITS if check.began_at is None else texts.VERIFY_RUNS}")


def _opened(one: LiveDifference) -> str:
    return here(PAGE, item=f"{one.feed}:{one.feed_id}")


def _item_page(one: LiveDifference) -> str:
    return links.address("item", feed=one.feed, id=one.feed_id)


def _found(
    page: Page, check: LiveCheck, found: LiveFindings, leads: Callable[[LiveDifference], str], *, is_old: bool
) -> None:
    products = plural(len(check.skus), "product")
    told = texts.VERIFY_MADE.format(
        products=products, at=moment(check.finished_at, page.zone, now=page.now), by=check.asked_by,
        took=duration(found.seconds),
    )  # fmt: skip
    if found.error:
        cards.problem(found.error, hint=found.hint)
        st.code(command(check.skus), language=None, wrap_lines=True)
        return
    cards.note("~" if found.differing else "✓", _verdict(found), tone="warn" if found.differing else "ok")
    if found.items:
        _items(found, leads)
    if found.left_out:
        cards.quiet(texts.VERIFY_LEFT_OUT.format(items=plural(found.left_out, "item")))
    if found.unknown:
        few = ", ".join(found.unknown[:5]) + (" …" if len(found.unknown) > 5 else "")
        cards.quiet(texts.VERIFY_UNKNOWN.format(skus=few))
    cards.quiet(f"{told} {texts.VERIFY_OLD}" if is_old else told)


def _is_before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other


def _verdict(found: LiveFindings) -> str:
    """How many agree, and how the items of the others stand, the most first."""
    known = plural(found.agreeing + found.differing, "product")
    kinds = Counter(one.sentence for one in found.items)
    tallies = [f"{plural(many, 'item')}: {kind.replace('; ', ', ')}." for kind, many in kinds.most_common(4)]
    return " ".join([texts.VERIFY_AGREE.format(agreeing=count(found.agreeing), products=known), *tallies])


def _items(found: LiveFindings, leads: Callable[[LiveDifference], str]) -> None:
    """The items on which the three do not agree; a row leads to its item, here or on a page of its own."""
    current = st.query_params.get("item")
    rows = [
        Row(
            cells=[
                bdi(one.sku),
                esc(one.feed),
                bdi(with_groups(one.scope) or NONE),
                esc(one.sentence),
                bdi(_fields(one)),
            ],
            address=leads(one),
            current=f"{one.feed}:{one.feed_id}" == current,
        )
        for one in found.items
    ]
    link_table(_COLUMNS, rows, label=texts.VERIFIED, kind="cs-opens cs-verified")


def _fields(one: LiveDifference) -> str:
    parts = [f"{path}: {before or NONE} → {after or NONE}" for path, before, after in one.fields]
    return "; ".join(parts) + (f" +{one.more_fields}" if one.more_fields else "") or NONE
