"""Why a product stands as it stands: what is wrong with it first, each with the next step; what is well, folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.reasons import Reason
from syncengine.inspection.timeline import TimelineEntry
from syncengine.inspection.why import ProductWhy, Why
from ui import cards, links
from ui import product_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc
from ui.formats import ago, in_zone, plural

_WELL = frozenset({"in_sync", "removed", "not_in_website", "feed_off"})
_NORMAL = "filtered"  # with nothing to do about it, such as a configurable product, which has no price of its own
_PLACES, _STORIES = 6, 12


def why(page: Page, found: ProductWhy) -> None:
    """The panel: reasons that call for something, then in one line what is well, then the stories behind."""
    spoken = [_for_the_page(reason, page) for reason in found.reasons]
    troubles = _grouped([reason for reason in spoken if not _is_well(reason)])
    well = [reason for reason in spoken if _is_well(reason)]
    equal = [reason for reason in well if reason.code.value == "in_sync"]
    shown = "".join(map(_reason, troubles, _ways(troubles, found.sku)))
    if equal:
        feeds = plural(len({reason.feed for reason in equal}), "feed")
        line = texts.WHY_ALL_WELL.format(items=plural(len(equal), "item"), feeds=feeds)
        if not troubles:
            items = plural(len(equal), "item")
            line = texts.WHY_EQUAL.format(sentence=equal[0].sentence, items=items, feeds=feeds)
        shown += f"<li>{_badge('in_sync')}<div>{esc(line)}</div></li>"
    others = _grouped([reason for reason in well if reason.code.value != "in_sync"])
    if not shown:
        shown, others = "".join(map(_reason, others, _ways(others, found.sku))), []
    st.html(
        f'<h2 class="cs-h2">{esc(texts.WHY)}</h2><ul class="cs-reasons">{shown}</ul>'
        f'<div class="cs-behind">{"".join(_behind(page, found, others))}</div>'
    )


def _for_the_page(reason: Why, page: Page) -> Why:
    """The reason in the reader's own time, with the step that the page offers."""
    step = reason.next_step and texts.WHY_STEPS.get(reason.code.value, reason.next_step)
    return replace(
        reason,
        sentence=in_zone(with_groups(reason.sentence), page.zone),
        next_step=step and in_zone(step, page.zone),
        scope=with_groups(reason.scope),
    )


def _behind(page: Page, found: ProductWhy, others: Sequence[Sequence[Why]]) -> Iterator[str]:
    """The stories behind, each folded: how prices are formed, why it was sent, what is in order."""
    if found.prices:
        yield _folded(texts.WHY_PRICES, _lines([price.sentence for price in found.prices]))
    if found.last_sent:
        yield _folded(texts.WHY_LAST_SENT, _lines([_last_sent(page, entry) for entry in found.last_sent]))
    if others:
        items = "".join(map(_reason, others, _ways(others, found.sku)))
        words = texts.WHY_QUIET.format(count=sum(map(len, others)))
        yield _folded(words, f'<ul class="cs-reasons">{items}</ul>')


def _folded(words: str, inner: str) -> str:
    return f'<details><summary>{esc(words)}</summary><div class="cs-folded-text">{inner}</div></details>'


def _last_sent(page: Page, entry: TimelineEntry) -> str:
    return texts.LAST_SENT.format(
        feed=entry.feed,
        scope=with_groups(entry.scope),
        because=entry.sentence,
        run=f"`{entry.run_id}`",
        when=ago(entry.at, page.now),
        outcome=texts.LAST_OUTCOMES.get(entry.outcome, entry.outcome),
    )


def _lines(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{cards.sentence(sentence)}</li>" for sentence in sentences[:_STORIES])
    left = len(sentences) - _STORIES
    if left > 0:
        items += f"<li>{esc(texts.WHERE_MORE.format(count=f'{left:,}'))}</li>"
    return f'<ul class="cs-lines">{items}</ul>'


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


def _ways(troubles: Sequence[Sequence[Why]], sku: str) -> Iterator[str]:
    """The next step of each; of several that call for the same one, below the last."""
    steps = [(reasons[0].code, reasons[0].next_step) for reasons in troubles]
    for at, (_, step) in enumerate(steps):
        if not step or steps[at] in steps[at + 1 : at + 2]:
            yield ""
        else:
            inner = _way(troubles[at][0], sku)
            yield f'<p class="cs-line"><strong>{esc(texts.WHY_NEXT)}</strong> {cards.sentence(step)} {inner}</p>'


def _reason(reasons: Sequence[Why], step: str) -> str:
    """What stands so, and for which feeds and scopes; `step` is what to do about it, as HTML."""
    first = reasons[0]
    return (
        f"<li>{_badge(first.code.value)}<div>{cards.sentence(first.sentence)}"
        f' <span class="cs-soft">{bdi(_places(reasons))}</span>{step}</div></li>'
    )


def _way(reason: Why, sku: str) -> str:
    """The link to where the next step is made; none where the page's own buttons are enough."""
    if reason.code is Reason.NO_ENABLED_VARIANT:
        return cards.link(links.address("products", feed="variants", side="catalog", q=sku), texts.LIST_VARIANTS)
    if (place := texts.WHY_LINKS.get(reason.code.value)) is None:
        return ""
    page, words, query = place
    return cards.link(links.address(page, **query), words)


def _places(reasons: Sequence[Why]) -> str:
    """`products: default, french · prices: base/0`, as many as fit."""
    scopes: dict[str, list[str]] = {}
    for reason in reasons[:_PLACES]:
        scopes.setdefault(reason.feed, []).append(reason.scope)
    named = [": ".join(filter(None, (feed, ", ".join(filter(None, places))))) for feed, places in scopes.items()]
    if len(reasons) > _PLACES:
        named.append(texts.WHERE_MORE.format(count=len(reasons) - _PLACES))
    return " · ".join(named)


def _badge(code: str) -> str:
    return cards.badge(*texts.REASONS.get(code, (code, "idle", "·")))
