"""Why a product stands as it stands: what is wrong with it first, each with the next step; what is well, folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.reasons import Reason
from syncengine.inspection.why import ProductWhy, Why
from ui import cards, links
from ui import product_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import ago, in_zone, plural

_WELL = frozenset({"in_sync", "removed", "not_in_website", "feed_off"})
_NORMAL = "filtered"  # with nothing to do about it, such as a configurable product, which has no price of its own
_PLACES, _STORIES = 6, 12
_PAGES = {"settings": links.SETTINGS, "products": links.PRODUCTS}


def why(page: Page, found: ProductWhy) -> None:
    """The panel: reasons that call for something, then in one line what is well, then the stories behind."""
    spoken = [_for_the_page(reason, page) for reason in found.reasons]
    troubles = _grouped([reason for reason in spoken if not _is_well(reason)])
    well = [reason for reason in spoken if _is_well(reason)]
    equal = [reason for reason in well if reason.code.value == "in_sync"]
    shown = "".join(_reason(reasons) for reasons in troubles)
    if equal:
        feeds = plural(len({reason.feed for reason in equal}), "feed")
        line = texts.WHY_ALL_WELL.format(items=plural(len(equal), "item"), feeds=feeds)
        if not troubles:
            items = plural(len(equal), "item")
            line = texts.WHY_EQUAL.format(sentence=equal[0].sentence, items=items, feeds=feeds)
        shown += f"<li>{_badge('in_sync')}<div>{esc(line)}</div></li>"
    others = _grouped([reason for reason in well if reason.code.value != "in_sync"])
    if not shown:
        shown, others = "".join(_reason(reasons) for reasons in others), []
    st.html(f'<h2 class="cs-h2">{esc(texts.WHY)}</h2><ul class="cs-reasons">{shown}</ul>')
    _next_steps(found, [reasons[0] for reasons in troubles])
    _behind(page, found, others)


def _for_the_page(reason: Why, page: Page) -> Why:
    """The reason in the reader's own time, with the step that the page offers."""
    step = reason.next_step and texts.WHY_STEPS.get(reason.code.value, reason.next_step)
    return replace(
        reason,
        sentence=in_zone(with_groups(reason.sentence), page.zone),
        next_step=step and in_zone(step, page.zone),
        scope=with_groups(reason.scope),
    )


def _next_steps(found: ProductWhy, troubles: Sequence[Why]) -> None:
    """The ways to where the next steps are made; none where the page's own buttons are enough."""
    wanted: dict[tuple[Path, str], dict[str, str]] = {}
    for reason in troubles:
        if place := texts.WHY_LINKS.get(reason.code.value):
            wanted[_PAGES[place[0]], place[1]] = place[2]
        elif reason.code is Reason.NO_ENABLED_VARIANT:
            query = {"feed": "variants", "side": "catalog", "q": found.sku}
            wanted[links.PRODUCTS, texts.LIST_VARIANTS] = query
    if wanted:
        with st.container(horizontal=True):
            for (target, words), query in wanted.items():
                st.page_link(target, label=words, icon=":material/arrow_forward:", query_params=query)


def _behind(page: Page, found: ProductWhy, others: Sequence[Sequence[Why]]) -> None:
    if not (others or found.prices or found.last_sent):
        return
    with st.container(horizontal=True):
        if found.prices:
            with st.popover(texts.WHY_PRICES, icon=":material/sell:", type="tertiary"):
                _lines([price.sentence for price in found.prices])
        if found.last_sent:
            with st.popover(texts.WHY_LAST_SENT, icon=":material/outbox:", type="tertiary"):
                _lines(
                    [
                        texts.LAST_SENT.format(
                            feed=entry.feed,
                            scope=with_groups(entry.scope),
                            because=entry.sentence,
                            run=f"`{entry.run_id}`",
                            when=ago(entry.at, page.now),
                            outcome=entry.outcome,
                        )
                        for entry in found.last_sent
                    ]
                )
        if others:
            words = texts.WHY_QUIET.format(count=sum(map(len, others)))
            with st.popover(words, icon=":material/check:", type="tertiary"):
                shown = "".join(_reason(reasons) for reasons in others)
                st.html(f'<ul class="cs-reasons">{shown}</ul>')


def _lines(sentences: Sequence[str]) -> None:
    items = "".join(f"<li>{cards.sentence(sentence)}</li>" for sentence in sentences[:_STORIES])
    left = len(sentences) - _STORIES
    if left > 0:
        items += f"<li>{esc(texts.WHERE_MORE.format(count=f'{left:,}'))}</li>"
    st.html(f'<ul class="cs-lines">{items}</ul>')


def _is_well(reason: Why) -> bool:
    code = reason.code.value
    return code in _WELL or (code == _NORMAL and reason.next_step is None)


def _grouped(reasons: Sequence[Why]) -> list[list[Why]]:
    """Reasons that say the same, together; the gravest first, as the list of codes has them last."""
    groups: dict[tuple[str, str, str | None], list[Why]] = {}
    for reason in reasons:
        groups.setdefault((reason.code.value, reason.sentence, reason.next_step), []).append(reason)
    gravity = {"bad": 0, "warn": 1, "busy": 2}
    return sorted(groups.values(), key=lambda group: gravity.get(texts.REASONS[group[0].code.value][1], 3))


def _reason(reasons: Sequence[Why]) -> str:
    first = reasons[0]
    places = [f"{reason.feed} {reason.scope}".strip() for reason in reasons]
    named = " · ".join(places[:_PLACES])
    if len(places) > _PLACES:
        named += f" · {texts.WHERE_MORE.format(count=len(places) - _PLACES)}"
    step = ""
    if first.next_step:
        step = f'<p class="cs-line"><strong>{esc(texts.WHY_NEXT)}</strong> {cards.sentence(first.next_step)}</p>'
    return (
        f"<li>{_badge(first.code.value)}<div>{cards.sentence(first.sentence)}"
        f' <span class="cs-soft">{bdi(named)}</span>{step}</div></li>'
    )


def _badge(code: str) -> str:
    return cards.badge(*texts.REASONS.get(code, (code, "idle", "·")))
