from __future__ import annotations

import pytest

from syncengine.export.destinations.optimizer.scopes import Scopes, UnmappableError, child_book, price_book_id

GROUP = "77de68daecd823babbb58edb1c8e14d7106e83bb"


def test_a_view_without_a_setting_is_its_own_locale() -> None:
    scopes = Scopes(locales={"fr": "fr-FR"})
    assert [scopes.source(view)["locale"] for view in ("fr", "default")] == ["fr-FR", "default"]


def test_two_views_never_share_a_locale() -> None:
    with pytest.raises(UnmappableError, match="locale of its own"):
        Scopes(locales={"fr": "en"}).source("en")


def test_the_currency_of_a_website_or_of_all_others() -> None:
    scopes = Scopes(currencies={"base": "USD", "*": "EUR"})
    assert [scopes.base_book(website)["currency"] for website in ("base", "eu")] == ["USD", "EUR"]
    with pytest.raises(UnmappableError, match="no currency"):
        Scopes(currencies={"base": "USD"}).base_book("eu")


@pytest.mark.parametrize(
    ("website", "group", "expected"),
    [
        ("base", "0", "base"),
        ("base", GROUP, f"base::{GROUP}"),
        ("w" * 22, GROUP, f"{'w' * 22}::{GROUP}"),
        ("w" * 32, GROUP, f"{'w' * 32}::{GROUP[:30]}"),
        ("w" * 32, "0", "w" * 32),
    ],
)
def test_the_id_of_a_price_book_fits(website: str, group: str, expected: str) -> None:
    assert price_book_id(website, group) == expected
    assert len(expected) <= 64


@pytest.mark.parametrize("website", ["", "w" * 33])
def test_a_website_that_no_id_can_be_made_of(website: str) -> None:
    with pytest.raises(UnmappableError, match="website code"):
        price_book_id(website, GROUP)


def test_a_group_is_named_by_its_id_or_by_its_code() -> None:
    assert child_book("base", GROUP)["name"] == "Customer group 3 (base)"
    assert child_book("base", "f" * 40)["name"] == "Customer group ffffffffffff (base)"
