"""One discrepancy opened: since when, by which run and request, why, what to do, and both sides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from syncengine.errors import UnknownFeedError
from syncengine.inspection.item_search import ItemStory, UnknownItemError, item_stories
from syncengine.inspection.story import StoryItem
from ui import cards, item_diff, links, product_texts
from ui import discrepancy_texts as texts
from ui.bootstrap import Page
from ui.escape import bdi, esc, label
from ui.formats import NONE, ago, in_zone, moment
from ui.item_head import part_words
from ui.resync import ask_resync

_GIVEN_UP = ("rejected", "dead_letter")


def opened(page: Page, feed: str, feed_id: str, row: dict[str, Any] | None) -> None:
    """The item with all that is asked of a discrepancy: which fields, since when, by which run, why, what to do."""
    try:
        story = item_stories(page.view, feed, [feed_id])[0]
    except (UnknownItemError, UnknownFeedError) as error:
        cards.empty(error.message, error.hint or "")
        return
    item = story.item
    sku = item.identity.get("sku") or item.identity.get("productSku")
    named = " · ".join(part_words(field, value) for field, value in item.identity.items() if value)
    st.html(
        f'<div class="cs-head"><h2 class="cs-h2">{bdi(named)} <span class="cs-soft">{esc(feed)}</span></h2>'
        f'<div class="cs-strip">{cards.state_badge(item.state)}</div></div>'
    )
    _ways_on(page, story, sku)
    _told(page, story, row)
    item_diff.differences(page, item, story.destination)


def _ways_on(page: Page, story: ItemStory, sku: str | None) -> None:
    """The resync, and the pages of the product or item, of the runs that told of it, and of the one that holds it."""
    item, held_by = story.item, story.reason.held_run
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="opened-actions"):
        if sku:
            ask_resync(page, skus=(sku,), feeds=(item.feed,), key="resync-opened")
        elif item.state in _GIVEN_UP:
            ask_resync(page, feeds=(item.feed,), refused=True, key="resync-opened")
        if held_by:
            st.page_link(links.RUN, label=texts.REVIEW, icon=":material/rule:", query_params={"run": held_by})
        if sku:
            parameters = {"sku": sku, "feed": item.feed, "item": item.feed_id}
            st.page_link(
                links.PRODUCT, label=texts.OPEN_PRODUCT, icon=":material/open_in_full:", query_params=parameters
            )
        else:
            parameters = {"feed": item.feed, "id": item.feed_id}
            st.page_link(links.ITEM, label=texts.OPEN_ITEM, icon=":material/open_in_full:", query_params=parameters)
        for run in dict.fromkeys(filter(None, (item.refusal.run_id if item.refusal else None, item.exported_by))):
            words = label(texts.OPEN_RUN.format(run=run))
            st.page_link(links.RUN, label=words, icon=":material/history:", query_params={"run": run})


def _told(page: Page, story: ItemStory, row: dict[str, Any] | None) -> None:
    """Since when, by which run it was acknowledged and tried last; the reason and the next step."""
    item, reason, lines = story.item, story.reason, []
    if row is not None:
        lines.append(texts.SINCE.format(at=moment(row["since"], page.zone), ago=ago(row["since"], page.now)))
    lines.append(_acknowledged(page, item))
    if answer := item.refusal:
        said = answer.message or answer.error_code or "no message"
        status = f"HTTP {answer.http_status}" if answer.http_status else "no answer"
        lines.append(
            texts.TRIED_BY.format(
                at=moment(answer.tried_at, page.zone),
                run=answer.run_id,
                request=answer.request_id or NONE,
                answer=f"{status}, {said.rstrip('.')}",
            )
        )
    told = "".join(f"<p>{cards.sentence(line)}</p>" for line in lines)
    code = reason.code.value
    badge = cards.badge(*product_texts.REASONS.get(code, (code, "idle", "·")))
    below = ""
    if reason.next_step:
        step = cards.sentence(in_zone(reason.next_step, page.zone))
        below = f"<p><strong>{esc(product_texts.WHY_NEXT)}</strong> {step}</p>"
    st.html(
        f'<ul class="cs-reasons"><li>{badge}<div><p>{cards.sentence(in_zone(reason.sentence, page.zone))}</p>{below}'
        f'<div class="cs-line">{told}</div></div></li></ul>'
    )


def _acknowledged(page: Page, item: StoryItem) -> str:
    at: datetime | None = item.last_exported_at
    if at is None or item.exported is None:
        return texts.NEVER_ACKNOWLEDGED
    return texts.ACCEPTED_BY.format(
        at=moment(at, page.zone), run=item.exported_by or NONE, request=item.exported_request or NONE
    )
