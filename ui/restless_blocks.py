"""What changes more than it should: the fields that flap, and those that cause many exports."""

from __future__ import annotations

import json
import re
from typing import Any

import streamlit as st

from syncengine.inspection.noise_preview import noise_preview
from syncengine.inspection.restless import LEAST_CHANGES, RUNS, FlappingField, HotField
from ui import cards, links
from ui import discrepancy_texts as texts
from ui.bootstrap import Page, boundary
from ui.discrepancy_filters import PAGE
from ui.escape import bdi, esc
from ui.formats import count, moment
from ui.item_texts import TAB_HISTORY
from ui.link_table import Column, Row, here, link_table

_CHOSEN = "hot"  # in the URL: the field whose preview is shown
_MOST = 500
_FLAPPING_COLUMNS = (
    *(Column(heading=name, kind="cs-long") for name in ("Item", "Field")),
    Column(heading="Feed"),
    Column(heading="Changes", kind="cs-num"),
    Column(heading="Values in order", kind="cs-said", what=texts.FLAPPING_VALUES),
    Column(heading="Last change"),
)
_HOT_COLUMNS = (
    Column(heading="Field", kind="cs-long"),
    Column(heading="Feed"),
    Column(heading="Exports", kind="cs-part", what=texts.HOT_EXPORTS),
    Column(heading="Alone", kind="cs-num", what=texts.HOT_ALONE),
    Column(heading="Items", kind="cs-num", what=texts.HOT_ITEMS),
    Column(heading="Last"),
)
_TOP_LEVEL = re.compile(r"[.\[]")  # where the name of a top-level field ends in a path


def flapping(page: Page, found: tuple[FlappingField, ...]) -> None:
    """Fields of single items that changed and came back; each row leads to the item's history."""
    if not found:
        cards.empty(texts.NO_FLAPPING, texts.NO_FLAPPING_NEXT.format(least=LEAST_CHANGES, runs=RUNS))
        return
    cards.line(texts.FLAPPING_NOTE.format(least=LEAST_CHANGES, runs=RUNS))
    rows = [
        Row(
            cells=[
                bdi(one.item),
                bdi(one.field),
                esc(one.feed),
                count(one.changes),
                bdi(" → ".join(_value(value) for value in one.values[-5:])),
                esc(moment(one.last_at, page.zone)),
            ],
            address=links.address("item", feed=one.feed, id=one.feed_id, tab=TAB_HISTORY),
        )
        for one in found[:_MOST]
    ]
    link_table(_FLAPPING_COLUMNS, rows, label=texts.TABS["flapping"], kind="cs-opens")
    if len(found) > _MOST:
        cards.line(texts.MOST_FLAPPING.format(most=count(_MOST), all=count(len(found))))


def hot(page: Page, found: tuple[HotField, ...]) -> None:
    """Fields that caused exports, the most first, and what leaving each out would have saved."""
    if not found:
        cards.empty(texts.NO_HOT, texts.NO_HOT_NEXT.format(runs=RUNS))
        return
    cards.line(texts.HOT_NOTE.format(runs=RUNS))
    most = max(one.sends for one in found)
    named = {f"{one.feed}:{one.field}": one for one in found}
    chosen = named.get(st.query_params.get(_CHOSEN) or "")
    rows = [
        Row(
            cells=[
                bdi(one.field),
                esc(one.feed),
                cards.share(one.sends / most, count(one.sends)),
                count(one.alone),
                count(one.items),
                esc(moment(one.last_at, page.zone)),
            ],
            address=here(PAGE, **{_CHOSEN: None if one is chosen else name}),
            current=one is chosen,
        )
        for name, one in named.items()
    ]
    link_table(_HOT_COLUMNS, rows, label=texts.TABS["hot"], kind="cs-opens")
    if chosen is not None:
        with st.container(border=True, key="card-opened"), boundary("the preview"):
            _preview(page, chosen)


def _preview(page: Page, one: HotField) -> None:
    """What leaving the field out would have saved, and the setting that does it."""
    field = _TOP_LEVEL.split(one.field, maxsplit=1)[0]
    cards.heading(texts.NOISE.format(field=field, feed=one.feed))
    cards.line(noise_preview(page.view, one.feed, [field]).sentence)
    cards.line(texts.NOISE_NOTE)
    st.code(f"[feeds.noise]\n{one.feed} = {json.dumps([field])}", language="toml")


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
