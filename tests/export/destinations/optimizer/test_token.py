from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses

from syncengine.errors import DestinationRefusedError
from syncengine.export.destinations.optimizer.token import ImsToken, TokenUnavailableError
from syncengine.transport import Transport

from .wire import GRANTED, SECRET, TOKEN_URL


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def token(clock: Clock | None = None) -> Iterator[ImsToken]:
    ims = ImsToken(Transport(TOKEN_URL, auth=None), client_id="id & co", client_secret=SECRET, clock=clock or Clock())
    try:
        yield ims
    finally:
        ims.close()


@responses.activate
def test_it_is_asked_for_with_client_credentials() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    with token() as ims:
        assert [ims.bearer(), ims.bearer()] == ["canary-token"] * 2
    (call,) = responses.calls
    assert call.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(call.request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["id & co"],
        "client_secret": [SECRET],
        "scope": ["openid,AdobeID,profile,email,commerce.aco.ingestion"],
    }


@responses.activate
@pytest.mark.parametrize(
    ("expires_in", "good_seconds"),
    [(86_399, 86_099), (3_000, 2_700), (60, 54), (None, 86_100), ("soon", 86_100), (True, 86_100), (-5, 86_100)],
)
def test_it_is_renewed_before_it_ends(expires_in: Any, good_seconds: int) -> None:
    responses.post(TOKEN_URL, json={**GRANTED, "expires_in": expires_in})
    clock = Clock()
    with token(clock) as ims:
        ims.bearer()
        clock.now += good_seconds - 1
        ims.bearer()
        assert len(responses.calls) == 1
        clock.now += 1
        ims.bearer()
        assert len(responses.calls) == 2


@responses.activate
def test_a_refused_one_is_renewed_and_a_renewed_one_kept() -> None:
    for name in ("one", "two"):
        responses.post(TOKEN_URL, json={**GRANTED, "access_token": name})
    with token() as ims:
        first = ims.bearer()
        ims.discard(first)
        assert ims.bearer() == "two"
        ims.discard(first)
        assert ims.bearer() == "two"


@responses.activate
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_waiting_may_help(status: int) -> None:
    responses.post(TOKEN_URL, status=status, headers={"Retry-After": "9"}, body=SECRET)
    with token() as ims, pytest.raises(TokenUnavailableError) as waits:
        ims.bearer()
    assert (waits.value.http_status, waits.value.wait_seconds) == (status, 9)
    assert SECRET not in waits.value.message


@responses.activate
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_credentials_that_are_not_taken_stop_the_destination(status: int) -> None:
    responses.post(TOKEN_URL, status=status, json={"error": "invalid_client", "error_description": SECRET})
    with token() as ims, pytest.raises(DestinationRefusedError) as stopped:
        ims.bearer()
    assert "invalid_client" in stopped.value.message
    assert "client_secret" in stopped.value.hint
    assert SECRET not in stopped.value.message


@responses.activate
@pytest.mark.parametrize("error", [SECRET, 5, None])
def test_only_a_word_of_the_answer_is_shown(error: Any) -> None:
    responses.post(TOKEN_URL, status=400, json={"error": error})
    with token() as ims, pytest.raises(DestinationRefusedError) as stopped:
        ims.bearer()
    assert SECRET not in stopped.value.message


@responses.activate
@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "{}", '{"access_token": 5}', '{"access_token": ""}', '{"access_token": "a b"}']
)
def test_an_answer_without_a_token_is_no_token(body: str) -> None:
    responses.post(TOKEN_URL, body=body)
    with token() as ims, pytest.raises(TokenUnavailableError):
        ims.bearer()


@responses.activate
def test_a_redirect_gets_no_secret() -> None:
    responses.post(TOKEN_URL, status=302, headers={"Location": "https://elsewhere.invalid/"})
    with token() as ims, pytest.raises(DestinationRefusedError, match=r"elsewhere\.invalid"):
        ims.bearer()
    assert len(responses.calls) == 1


@responses.activate
def test_secrets_are_not_repeated() -> None:
    responses.post(TOKEN_URL, json=GRANTED)
    with token() as ims:
        ims.bearer()
        assert ims.redact(f"{SECRET} and canary-token") == "*** and ***"
