"""What changed between any two runs or times, in the catalog or in what was exported."""

from __future__ import annotations

import streamlit as st
from syncengine.inspection.changes import Changes, changes_between
from ui import cards, compare_blocks
from ui import compare_texts as texts
from ui.bootstrap import Page, boundary, card, open_page, page_head
from ui.compare_blocks import Question

page = open_page(texts.NAV)
page_head(texts.TITLE, texts.SUB)


def answered(page: Page, asked: Question) -> Changes:
    """The comparison, worked out once per publication."""
    return page.view.remembered(
        page.view.reader(),
        ("compared", asked),
        lambda: changes_between(
            page.view,
            before=asked.before,
            after=asked.after,
            side=asked.side,
            feeds=(asked.feed,) if asked.feed else (),
            limit=compare_blocks.MOST_ITEMS,
        ),
    )


with boundary(texts.SUBJECT):
    question = compare_blocks.question(page)
    if question is None:
        cards.empty(texts.TOO_FEW, texts.TOO_FEW_NEXT)
    else:
        with st.spinner(texts.WORKING):
            found = answered(page, question)
        with card("changes", texts.SUBJECT):
            compare_blocks.show(page, found)
