"""Times, numbers and money as they are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ui.formats import NEVER, ago, duration, in_zone, minute, moment, plural, zone
from ui.product_table import price_words, sort_options

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_moment_is_told_in_the_readers_zone_with_its_name() -> None:
    assert moment(NOW, zone("Europe/Berlin")) == "22 Nov 2026, 13:00 CET"
    assert moment(NOW, zone(None), now=NOW) == "12:00 UTC"
    assert moment(None) == "Never"


def test_an_unknown_zone_is_utc() -> None:
    assert zone("Mars/Olympus") is UTC
    assert zone("../../etc/passwd") is UTC


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2, "just now"), (40, "40 s ago"), (600, "10 min ago"), (7_200, "2 h ago"), (-1_380, "in 23 min")],
)
def test_how_long_ago_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0004, "1 ms"),
        (0.032, "32 ms"),
        (0.0, "0.0 s"),
        (0.44, "0.4 s"),
        (12.3, "12 s"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
        (None, "–"),
    ],
)
def test_durations_are_told_in_two_units_at_most(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_one_product_is_no_products() -> None:
    assert plural(1, "product") == "1 product"
    assert plural(1_200, "product") == "1,200 products"


@pytest.mark.parametrize(
    ("price", "kind", "words"),
    [
        (Decimal("29.9500"), "simple", "29.95 EUR"),
        (Decimal("29.9000"), "configurable", "from 29.90 EUR"),
        (Decimal("0.0125"), "simple", "0.0125 EUR"),
        (None, "simple", "–"),
    ],
)
def test_a_price_carries_its_currency_and_is_never_rounded_away(price: Decimal | None, kind: str, words: str) -> None:
    assert price_words(price, "EUR", kind) == words


def test_every_column_can_be_sorted_in_both_directions_and_the_newest_export_is_first() -> None:
    options = sort_options()
    assert next(iter(options)) == "last_exported.desc"
    assert len(options) == 20


def test_times_inside_a_sentence_follow_the_readers_clock_and_nothing_else_changes() -> None:
    told = "Changed 2026-11-22 12:00 UTC, exported at an unknown time; due 2026-13-45 99:99 UTC."
    berlin = in_zone(told, zone("Europe/Berlin"))
    assert berlin == "Changed 22 Nov 2026, 13:00 CET, exported at an unknown time; due 2026-13-45 99:99 UTC."


def test_times_in_a_column_are_short_and_in_the_readers_zone() -> None:
    at = datetime(2026, 11, 22, 12, 17, tzinfo=UTC)
    assert minute(at, zone("Europe/Berlin")) == "2026-11-22 13:17"
    assert (minute(None, UTC), minute(None, UTC, none="–")) == (NEVER, "–")
