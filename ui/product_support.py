"""What support needs to know of one product, as text to copy; and the support bundle, for those who may take it."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

import syncengine
from syncengine.inspection.story import ProductStory, StoryItem
from syncengine.inspection.times import iso
from syncengine.inspection.why import ProductWhy
from ui import cards
from ui import product_texts as texts
from ui.bootstrap import Page
from ui.support_file import support_button

_MOST_ITEMS = 200


def support_of_product(page: Page, story: ProductStory, found: ProductWhy | None) -> None:
    """A button that shows it; worked out when it is open."""
    popover = st.popover(texts.SUPPORT, icon=":material/medical_services:", key="support", on_change="rerun")
    if not popover.open:
        return
    with popover:
        cards.quiet(texts.SUPPORT_NOTE)
        st.code(json.dumps(facts(page, story, found), indent=1, ensure_ascii=False), language=None, height=320)
        support_button(page)


def facts(page: Page, story: ProductStory, found: ProductWhy | None) -> dict[str, Any]:
    """Ids, hashes, reasons, answers and times of every item; no payloads, no secrets."""
    reasons = {} if found is None else {(one.feed, one.feed_id): one.code.value for one in found.reasons}
    return {
        "asked_at": iso(page.now),
        "version": syncengine.__version__,
        "sku": story.sku,
        "destination": story.destination,
        "items": [_item(item, reasons.get((item.feed, item.feed_id))) for item in story.items[:_MOST_ITEMS]],
        "set_aside": [record.as_json() for record in story.set_aside],
    }


def _item(item: StoryItem, reason: str | None) -> dict[str, Any]:
    return {
        "feed": item.feed,
        "scope": item.scope,
        "feed_id": item.feed_id,
        "state": item.state,
        "reason": reason,
        "catalog_hash": item.catalog_hash,
        "exported_hash": item.exported_hash,
        "last_exported_at": iso(item.last_exported_at),
        "last_modified_at": iso(item.last_modified_at),
        "run_id": item.exported_by,
        "request_id": item.exported_request,
        "answer": None if item.refusal is None else item.refusal.as_json(),
    }
