"""The page size gives way to a struggling store and recovers."""

from __future__ import annotations

from syncengine.catalog.commerce.page_size import PageSize


def test_it_halves_on_failure_down_to_one() -> None:
    size = PageSize(5)
    for _ in range(4):
        size.failed(size.current)

    assert size.current == 1


def test_failures_of_the_same_page_size_count_once_for_pages_in_flight() -> None:
    size = PageSize(300)
    size.failed(300)
    size.failed(300)

    assert size.current == 150


def test_it_grows_back_after_good_pages_but_not_beyond_its_start() -> None:
    size = PageSize(8)
    size.failed(8)
    size.failed(4)
    for _ in range(9):
        size.succeeded(size.current)

    assert size.current == 8


def test_a_size_that_always_fails_is_not_tried_again() -> None:
    size = PageSize(8)
    for _ in range(3):
        size.failed(8)
        size.succeeded(4)

    assert size.current == 4


def test_faults_that_strike_any_size_do_not_leave_tiny_pages() -> None:
    size = PageSize(300)
    asked = []
    for n in range(1, 400):
        asked.append(size.current)
        if n % 3:
            size.succeeded(size.current)
        else:
            size.failed(size.current)

    assert sum(asked[-100:]) / 100 > 150


def test_a_named_limit_is_never_exceeded() -> None:
    size = PageSize(1000)
    size.lower_to(300)
    for _ in range(20):
        size.succeeded(size.current)

    assert size.current == 300
