"""The ways a store accepts credentials: a Bearer token, an admin's sign-in, or OAuth 1.0a signatures."""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import oauthlib.oauth1  # type: ignore[import-untyped]
import orjson
import requests
from requests_oauthlib import OAuth1  # type: ignore[import-untyped]

from syncengine.catalog.commerce.refusals import message_of
from syncengine.errors import SourceAnswerError, SourceRefusedError, SourceUnreachableError
from syncengine.transport import ConnectionFailedError, RetryPolicy, Transport

_TOKEN_PATH = "/V1/integration/admin/token"  # noqa: S105
_RENEW_BEFORE = timedelta(minutes=2)
# fact 7 says four hours, a recorded 2.4.7 one; a token that does not tell when it ends is renewed in time for both
_ASSUMED_LIFE = timedelta(minutes=50)


class BearerToken(requests.auth.AuthBase):
    """Sends the access token of an integration."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class AdminSignIn(requests.auth.AuthBase):
    """Signs an admin in, and again before the token ends. Thread-safe.

    Raises, from the request that needs the token: SourceRefusedError, SourceUnreachableError, SourceAnswerError.
    """

    def __init__(
        self,
        transport: Transport,
        username: str,
        password: str,
        *,
        policy: RetryPolicy | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        self._body = orjson.dumps({"username": username, "password": password})
        self._policy = policy or RetryPolicy(attempts=3)
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at: datetime | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        with self._lock:
            if self._renew_at is None or self._now() >= self._renew_at:
                self._sign_in()
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _sign_in(self) -> None:
        try:
            answer = self._policy.call(
                lambda: self._transport.request(
                    "POST", _TOKEN_PATH, headers={"Content-Type": "application/json"}, body=self._body
                )
            )
        except ConnectionFailedError as error:
            raise SourceUnreachableError(error.message, hint=error.hint) from None
        what = f"POST {self._transport.base_url}{_TOKEN_PATH}"
        if answer.status in (400, 401, 403):
            raise SourceRefusedError(
                f"{what} was answered {answer.status}: {message_of(answer.body)}",
                hint="Check user name and password. Where two-factor authentication is on (the default), an admin "
                "cannot sign in so: use the access token of an integration.",
            )
        try:
            token = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            token = None
        if answer.status != 200 or not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise SourceAnswerError(f"{what} was answered {answer.status} without a token.")
        self._token = token
        self._renew_at = (_end_of(token) or self._now() + _ASSUMED_LIFE) - _RENEW_BEFORE


def _end_of(token: str) -> datetime | None:
    """When a JWT ends, as it says itself; None for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError):
        return None


class _StoreClient(oauthlib.oauth1.Client):
    """Signs the address as the store sees it: without a port, and with a plain slash for %2F."""

    def sign(self, uri: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(uri)
        path = parts.path.replace("%2F", "/").replace("%2f", "/")
        seen = urlunsplit(parts._replace(netloc=parts.hostname or "", path=path))
        _, headers, body = super().sign(seen, *args, **kwargs)
        return uri, headers, body


def oauth_signature(
    *, consumer_key: str, consumer_secret: str, access_token: str, access_token_secret: str
) -> requests.auth.AuthBase:
    """Signs each request with the four values of an integration (OAuth 1.0a, HMAC-SHA256)."""
    signature: requests.auth.AuthBase = OAuth1(
        consumer_key,
        client_secret=consumer_secret,
        resource_owner_key=access_token,
        resource_owner_secret=access_token_secret,
        signature_method=oauthlib.oauth1.SIGNATURE_HMAC_SHA256,
        client_class=_StoreClient,
    )
    return signature
