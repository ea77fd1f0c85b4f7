"""The table of links: what its rows lead to, what is ticked, and that nothing in it becomes HTML unescaped."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.ui.shop import html_of


def shown(address: str, tick: str, heading: str, *, ticks: tuple[str, ...] = ()) -> str:
    """A table of one row, as HTML."""

    def page(address: str, tick: str, heading: str) -> None:
        from ui.escape import esc
        from ui.link_table import Column, Row, link_table, selected_note

        columns = [Column(heading=heading, sort=address, sorted="ascending", what=heading), Column(heading="Rest")]
        selected_note("row")
        link_table(columns, [Row(cells=[esc(heading), ""], address=address, tick=tick)], label=heading)

    app = AppTest.from_function(page, args=(address, tick, heading))
    app.query_params["tick"] = list(ticks)
    app.run()
    assert not app.exception
    return html_of(app)


def test_addresses_ticks_and_headings_are_text() -> None:
    found = shown('x?q="><script>alert(1)</script>', '"><img src=x>', "<b>Name</b>")
    assert "<script" not in found
    assert "<img" not in found
    assert "<b>" not in found
    assert 'data-tick="&quot;&gt;&lt;img src=x&gt;"' in found


def test_a_row_without_a_tick_has_no_box() -> None:
    assert "cs-tick" not in shown("product?sku=A", "", "Name")
    assert shown("product?sku=A", "A", "Name").count('role="checkbox"') == 2


def test_a_long_address_is_not_cut_short() -> None:
    address = f"product?from={'x' * 3_000}&sku=A"
    assert f'href="{address.replace("&", "&amp;")}"' in shown(address, "", "Name")


def test_how_many_are_ticked_is_told_and_each_is_counted_once() -> None:
    assert "2 rows selected" in shown("x", "A", "Name", ticks=("A", "B", "A"))
    assert "selected" not in shown("x", "A", "Name")


def test_a_row_that_leads_nowhere_has_no_link() -> None:
    assert "cs-goes" not in shown("", "", "Name")
    assert "cs-goes" in shown("product?sku=A", "", "Name")


def test_the_row_that_is_shown_says_so_and_a_tick_is_read_out_by_its_name() -> None:
    def page() -> None:
        from ui.link_table import Column, Row, here, link_table

        rows = [
            Row(cells=["A"], address=here("list", chosen="a"), current=True, tick="1", name="the <first>"),
            Row(cells=["B"], address=here("list", chosen=None, page="2")),
        ]
        link_table([Column(heading="Name")], rows, label="Names")

    app = AppTest.from_function(page)
    for name, value in {"chosen": "old", "q": ["x&y", "z"], "tick": "1"}.items():
        app.query_params[name] = value
    found = html_of(app.run())
    assert '<a class="cs-goes" href="list?chosen=a&amp;q=x%26y&amp;q=z" aria-current="true">A</a>' in found
    assert '<a class="cs-goes" href="list?q=x%26y&amp;q=z&amp;page=2">B</a>' in found
    assert 'aria-label="Select the &lt;first&gt;"' in found
