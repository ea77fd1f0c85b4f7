"""The table that only tells: what it says of itself, and how it scrolls."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.shop import html_of


def shown(label: str, *, tall: bool) -> str:
    """A table of one row, as HTML."""

    def page(label: str, tall: bool) -> None:
        from ui import cards

        cards.table(("Name", "Items"), [["a", "1"]], numbers=1, what={"Name": label}, label=label, tall=tall)

    app = AppTest.from_function(page, args=(label, tall))
    app.run()
    assert not app.exception
    return html_of(app)


@pytest.mark.parametrize("tall", [False, True])
def test_a_table_is_named_and_its_name_is_text(tall: bool) -> None:
    found = shown('"><img src=x>', tall=tall)
    assert "<img" not in found
    assert '<table class="cs-table " aria-label="&quot;&gt;&lt;img src=x&gt;">' in found


def test_a_tall_table_scrolls_by_keyboard_and_a_short_one_is_no_stop_on_the_way() -> None:
    assert '<div class="cs-scroll cs-tall" tabindex="0" role="region" aria-label="Audit">' in shown("Audit", tall=True)
    assert '<div class="cs-scroll"><table' in shown("Audit", tall=False)
