"""The comparison of two runs or times: proposed, linked to, empty, and asked for what is not kept."""

from __future__ import annotations

from pathlib import Path

from tests.ui.shop import OpenPage, Shop, html_of

PAGE = "compare"


def test_the_last_two_runs_are_compared_until_others_are_chosen(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE)
    feeds = next(frame.value for frame in app.dataframe if "Before" in frame.value.columns)
    products = feeds[feeds["Feed"] == "products"].iloc[0]
    assert (products["Changed"], products["Removed"], products["Added"]) == (1, 1, 0)
    assert products["Before"] == products["Unchanged"] + products["Changed"] + products["Removed"]
    items = next(frame.value for frame in app.dataframe if "Change" in frame.value.columns)
    assert set(items["Change"]) == {"~ Changed", "- Removed"}
    assert not app.exception


def test_a_link_names_both_moments_the_side_and_the_feed(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, **{"from": "previous", "to": "last", "side": "exported", "feed": "products"})
    assert "Nothing changed" in html_of(app)
    assert app.selectbox(key="side").value == "exported"


def test_a_moment_that_is_not_kept_is_told_with_the_oldest_that_is(open_page: OpenPage, held_shop: Shop) -> None:
    for moment in ("1999-01-01", "<b>x</b>", "r-no-such-run"):
        app = open_page(held_shop, PAGE, **{"from": moment, "to": "last"})
        assert not app.exception
        assert "Could not read the comparison." in html_of(app)
        assert "<b>x</b>" not in html_of(app)


def test_before_two_runs_it_says_what_is_missing(open_page: OpenPage, tmp_path: Path, synced_shop: Shop) -> None:
    assert "There is nothing to compare yet" in html_of(open_page(Shop(tmp_path), PAGE))
    assert "There is nothing to compare yet" in html_of(open_page(synced_shop, PAGE))
