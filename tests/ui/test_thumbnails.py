"""Pictures of products: only addresses that may be loaded, and a letter behind each."""

from __future__ import annotations

import pytest

from ui.thumbnails import safe_picture, thumbnail


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/media/a.jpg",
        "http://127.0.0.1:8601/a.png",
        "http://localhost/a.png",
        "http://[::1]:9/a.png",
    ],
)
def test_https_and_this_machine_are_loaded(address: str) -> None:
    assert safe_picture(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("http://shop.example/a.jpg", "javascript:alert(1)", "data:image/svg+xml,<svg/>", "file:///etc/passwd"),
        *("//shop.example/a.jpg", "https://", "https://user:word@shop.example/a.jpg", "https://[::1", "", None),
        *("https://shop.example/a b.jpg", "https://shop.example/\na.jpg", "https://shop.example/" + "a" * 2_000),
        "http://127.0.0.1.shop.example/a.jpg",
    ],
)
def test_nothing_else_is(address: str | None) -> None:
    assert safe_picture(address) is None


def test_a_letter_of_the_name_stands_where_there_is_no_picture() -> None:
    assert "<bdi>A</bdi>" in thumbnail(None, "“anchor”")
    assert "<img" not in thumbnail("javascript:alert(1)", "x")
    assert "<bdi>–</bdi>" in thumbnail(None, "!!!")


def test_an_address_cannot_end_its_attribute() -> None:
    drawn = thumbnail('https://shop.example/"><script>alert(1)</script>', "x")
    assert "<script" not in drawn
    assert drawn.count('"') == thumbnail("https://shop.example/a", "x").count('"')
