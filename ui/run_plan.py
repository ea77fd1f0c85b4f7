"""Which items a dry run counted, looked up when somebody opens them."""

from __future__ import annotations

import streamlit as st

from syncengine.inspection.customer_groups import with_groups
from syncengine.inspection.dry_run import is_told, would_send
from syncengine.inspection.run_story import RunStory
from ui import cards, links, run_texts
from ui.bootstrap import Page, boundary
from ui.escape import bdi, esc
from ui.link_table import Column, Row, link_table, whole

_SAMPLES = 10


@st.fragment
def which_items(story: RunStory, page: Page) -> None:
    """Some of the items of each feed that a sync would have sent; nothing where there are none to tell of."""
    if not is_told(story.run) or not any(one.sent for one in story.feed_runs):
        return
    with st.expander(run_texts.WHICH_ITEMS, key="run-plan", on_change="rerun") as opened:
        if opened.open:
            with boundary("the items"):
                _table(story, page)


def _table(story: RunStory, page: Page) -> None:
    found = would_send(page.view, story.run.run_id, samples=_SAMPLES)
    if found is None:
        cards.quiet(run_texts.WHICH_ITEMS_GONE)
        return
    cards.quiet(run_texts.WHICH_ITEMS_NOTE.format(most=_SAMPLES))
    several = found["destination"].n_unique() > 1
    names = [name for name in run_texts.PLAN_COLUMNS if several or name != "Destination"]
    rows = []
    for row in found.iter_rows(named=True):
        cells = {
            "Feed": esc(row["feed"]),
            "Destination": bdi(row["destination"]),
            "Item": whole(with_groups(row["item"])),
            "Change": esc(run_texts.CHANGES[row["change"]]),
        }
        address = links.item_address(row["feed"], row["feed_id"], row["sku"])
        rows.append(Row(cells=[cells[name] for name in names], address=address))
    columns = [Column(heading=name, kind="cs-long" if name == "Item" else "") for name in names]
    link_table(columns, rows, label=run_texts.WHICH_ITEMS, link=names.index("Item"))
