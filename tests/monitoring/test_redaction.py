"""Secrets are taken out of texts, wherever and however they stand in them."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.secrets import secret_file

from syncengine.monitoring.redaction import HIDDEN, Redactor, secrets_of
from syncengine.settings import DestinationSettings, NotifySettings, Settings, SourceSettings

CANARY = "canary/9f3e+Secret="


@pytest.mark.parametrize(
    "text",
    [
        f"the token is {CANARY}.",
        f"https://shop.example/rest?token={quote(CANARY, safe='')}",
        f"Basic {base64.b64encode(CANARY.encode()).decode()}",
        repr({"a": CANARY}),
        f"{CANARY}{CANARY}",
    ],
)
def test_a_known_secret_is_hidden_in_each_of_its_forms(text: str) -> None:
    cleaned = Redactor([CANARY]).clean(text)

    assert HIDDEN in cleaned
    assert "9f3e" not in cleaned
    assert base64.b64encode(CANARY.encode()).decode()[:12] not in cleaned


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc123unknown", "abc123unknown"),
        ("{'Authorization': 'OAuth oauth_token=\"xyz\"', 'X': 1}", "OAuth oauth_token"),
        ('headers {"X-Api-Key": "k-123456"}', "k-123456"),
        ("Cookie: session=deadbeef; other=1", "deadbeef"),
        ("password=hunter22", "hunter22"),
        ("access_token: eyJhbGciOi", "eyJhbGciOi"),
        ("client_secret=p8e-abc&grant_type=x", "p8e-abc"),
        ("got Bearer abcdef123456 back", "abcdef123456"),
        ("https://user:pass@shop.example/rest", "user:pass"),
        ('https://shop.example:443 "GET /rest/V1/products?searchCriteria=abc&token=zzz HTTP/1.1" 200', "token=zzz"),
    ],
)
def test_credentials_nobody_told_us_are_hidden_too(text: str, secret: str) -> None:
    cleaned = Redactor().clean(text)

    assert secret not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "Progress 2/5, processed 200, synced 100",
        "GET /rest/V1/products 200",
        "Is the store there? It answered 503.",
        "`catalog-sync runs errors r-20260504` groups them by cause.",
        "The file named by `source.token_file` cannot be read.",
        "mail to ops@shop.example",
    ],
)
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert Redactor([CANARY]).clean(text) == text


def test_what_is_too_short_to_be_a_secret_does_not_blot_out_words() -> None:
    assert Redactor(["a", ""]).clean("a cat") == "a cat"


def test_values_are_cleaned_at_every_depth() -> None:
    cleaned = Redactor([CANARY]).clean_value({CANARY: [{"b": CANARY}, 3, None, (CANARY,)]})

    assert cleaned == {HIDDEN: [{"b": HIDDEN}, 3, None, [HIDDEN]]}


@given(st.text(max_size=40), st.text(max_size=40), st.text(min_size=4, max_size=30))
def test_no_text_around_a_secret_brings_it_back(before: str, after: str, secret: str) -> None:
    cleaned = Redactor([secret]).clean(before + secret + after)

    assert secret not in cleaned.replace(HIDDEN, "\0") or secret in before + after or secret in "\0"


def test_every_secret_of_the_settings_is_known(tmp_path: Path) -> None:
    secret_file(tmp_path / "key", "from-a-file\n")
    settings = Settings(
        source=SourceSettings(url="https://shop.example", token=SecretStr("source-token")),
        destinations={
            "one": DestinationSettings(api_key_file=tmp_path / "key"),
            "two": DestinationSettings(client_secret=SecretStr("two-secret"), api_key_file=tmp_path / "missing"),
        },
        notify=NotifySettings(webhook_secret=SecretStr("hook-secret")),
    )

    assert secrets_of(settings) == ["from-a-file", "hook-secret", "source-token", "two-secret"]
