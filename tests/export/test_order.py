"""Advice on the order of feeds on a first run."""

from __future__ import annotations

import pytest
from support.destinations import ScriptedDestination

from syncengine.export.order import order_warnings
from syncengine.feeds.registry import FEEDS

TO = ScriptedDestination(name="services")


@pytest.mark.parametrize(
    ("feeds", "told", "missing"),
    [
        (["prices"], [], ["scopesCustomerGroup, scopesWebsite"]),
        (["prices"], ["scopesWebsite"], ["scopesCustomerGroup"]),
        (["prices"], ["prices"], []),  # not a first run any more
        (["prices", "scopesWebsite", "scopesCustomerGroup"], [], []),
        (["productAttributes"], [], []),
        (list(FEEDS), [], []),
    ],
)
def test_what_comes_before_and_was_never_sent_is_named(feeds: list[str], told: list[str], missing: list[str]) -> None:
    warnings = order_warnings(TO, feeds, told, FEEDS)
    assert [
        item.sentence.partition("of ")[2].partition("of ")[2].partition(", which")[0] for item in warnings
    ] == missing


def test_what_the_store_does_not_offer_is_not_asked_for() -> None:
    assert order_warnings(TO, ["prices"], [], FEEDS.keys() - {"scopesCustomerGroup", "scopesWebsite"}) == []


def test_the_hint_is_the_command_that_sends_it() -> None:
    (warning,) = order_warnings(TO, ["prices"], ["scopesWebsite"], FEEDS)
    assert "`catalog-sync saas:resync --feed scopesCustomerGroup`" in warning.hint
