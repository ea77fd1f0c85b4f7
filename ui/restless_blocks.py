"""What changes more than it should: the fields that flap, and those that cause many exports."""

from __future__ import annotations

import json
import re
from typing import Any

import polars as pl
import streamlit as st

from syncengine.inspection.noise_preview import noise_preview
from syncengine.inspection.restless import LEAST_CHANGES, RUNS, FlappingField, HotField
from ui import cards, links
from ui import discrepancy_texts as texts
from ui.bootstrap import Page, boundary
from ui.formats import moment
from ui.item_texts import TAB_HISTORY
from ui.paging import ROW_HEIGHT, height_of

_TALLEST = 15
_TOP_LEVEL = re.compile(r"[.\[]")  # where the name of a top-level field ends in a path


def flapping(page: Page, found: tuple[FlappingField, ...]) -> None:
    """Fields of single items that changed and came back; a row opens the item's history."""
    if not found:
        cards.empty(texts.NO_FLAPPING, texts.NO_FLAPPING_NEXT.format(least=LEAST_CHANGES, runs=RUNS))
        return
    cards.line(texts.FLAPPING_NOTE.format(least=LEAST_CHANGES, runs=RUNS))
    frame = pl.DataFrame(
        {
            "Item": [one.item for one in found],
            "Field": [one.field for one in found],
            "Feed": [one.feed for one in found],
            "Changes": [one.changes for one in found],
            "Values in order": [" → ".join(_value(value) for value in one.values[-5:]) for one in found],
            "Last change": [moment(one.last_at, page.zone) for one in found],
        }
    )
    chosen = st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(frame), most=_TALLEST),
        key="flapping",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        column_config={
            "Changes": st.column_config.NumberColumn(width=80),
            "Values in order": st.column_config.TextColumn(width=380, help="The last ones; the newest is last."),
        },
        alt=texts.TABS["flapping"],
    )["selection"]
    rows = [*chosen["rows"], *(row for row, _ in chosen["cells"])]
    if rows and rows[0] < len(found):
        one = found[rows[0]]
        st.switch_page(links.ITEM, query_params={"feed": one.feed, "id": one.feed_id, "tab": TAB_HISTORY})


def hot(page: Page, found: tuple[HotField, ...]) -> None:
    """Fields that caused exports, the most first, and what leaving each out would have saved."""
    if not found:
        cards.empty(texts.NO_HOT, texts.NO_HOT_NEXT.format(runs=RUNS))
        return
    cards.line(texts.HOT_NOTE.format(runs=RUNS))
    most = max(one.sends for one in found)
    frame = pl.DataFrame(
        {
            "Field": [one.field for one in found],
            "Feed": [one.feed for one in found],
            "Exports": [one.sends for one in found],
            "Alone": [one.alone for one in found],
            "Items": [one.items for one in found],
            "Last": [moment(one.last_at, page.zone) for one in found],
        }
    )
    chosen = st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=height_of(len(frame), most=_TALLEST),
        key="hot",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        column_config={
            "Exports": st.column_config.ProgressColumn(
                format="localized", min_value=0, max_value=most, help="Item exports that it took part in."
            ),
            "Alone": st.column_config.NumberColumn(
                format="localized",
                help="Exports that nothing else caused: without the field, they would not have been.",
            ),
            "Items": st.column_config.NumberColumn(format="localized", help="How many items."),
        },
        alt=texts.TABS["hot"],
    )["selection"]
    rows = [*(row for row, _ in chosen["cells"]), *chosen["rows"]]
    if rows and rows[0] < len(found):
        with st.container(border=True, key="card-noise"), boundary("the preview"):
            _preview(page, found[rows[0]])


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
