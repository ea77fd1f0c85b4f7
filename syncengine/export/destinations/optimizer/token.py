"""The bearer token: OAuth client credentials at Adobe IMS, kept until shortly before it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from syncengine.errors import DestinationAnswerError, DestinationRefusedError, DestinationUnreachableError
from syncengine.export.destinations.answers import parse_strict
from syncengine.export.destinations.http import NO_ANSWER, WAIT_STATUSES
from syncengine.transport import Answer, RedirectRefusedError, Transport, retry_after_seconds

SCOPE = "openid,AdobeID,profile,email,commerce.aco.ingestion"
RENEW_SECONDS = 300.0
LIFETIME_SECONDS = 86_400.0
MAX_TOKEN_CHARACTERS = 16_384
MAX_ANSWER_BYTES = 2**18


class TokenUnavailableError(DestinationUnreachableError):
    """No token now: nothing was sent, waiting may help."""

    def __init__(self, message: str, *, http_status: int | None = None, wait_seconds: float | None = None) -> None:
        super().__init__(message, hint="Try again later.")
        self.http_status = http_status
        self.wait_seconds = wait_seconds


class ImsToken:
    """One pair of credentials and the token that it got. Every method may be called from several threads."""

    def __init__(
        self,
        transport: Transport,
        *,
        client_id: str,
        client_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    def bearer(self) -> str:
        """A token that is good for some minutes yet.

        Raises: TokenUnavailableError; DestinationRefusedError when the credentials are not taken.
        """
        with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                self._token = None
                self._token, lifetime_seconds = self._fetch()
                self._renew_at = self._clock() + lifetime_seconds - min(RENEW_SECONDS, lifetime_seconds / 10)
            return self._token

    def discard(self, token: str) -> None:
        """`token` was refused: the next `bearer` is another one. One that was renewed meanwhile stays."""
        with self._lock:
            if self._token == token:
                self._token = None

    def redact(self, text: str) -> str:
        """`text` without secret and token, should a peer have echoed them."""
        for secret in (self._client_secret, self._token):
            text = text.replace(secret, "***") if secret else text
        return text

    def abort(self) -> None:
        """End the requests in flight."""
        self._transport.abort()

    def close(self) -> None:
        """Close the idle connections."""
        self._transport.close()

    def _fetch(self) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "scope": SCOPE,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._transport.request(
                "POST", "", headers=headers, body=urlencode(form).encode(), max_body_bytes=MAX_ANSWER_BYTES
            )
        except NO_ANSWER as error:
            raise TokenUnavailableError(f"no token: {self.redact(error.message)}") from None
        except RedirectRefusedError as error:
            raise DestinationRefusedError(f"No token: {error.message}", hint=error.hint) from None
        if answer.status == 200:
            return self._parsed(answer)
        if answer.status in WAIT_STATUSES or answer.status >= 500:
            wait_seconds = retry_after_seconds(answer, now=datetime.now(UTC))
            message = f"no token: `{self._transport.host}` answered {answer.status}"
            raise TokenUnavailableError(message, http_status=answer.status, wait_seconds=wait_seconds)
        raise DestinationRefusedError(
            f"`{self._transport.host}` gave no token for these credentials: it answered {answer.status}"
            f"{_reason(answer)}. Nothing was marked.",
            hint="Check `client_id` and `client_secret` (Adobe Developer Console, OAuth Server-to-Server credential).",
            http_status=answer.status,
        )

    def _parsed(self, answer: Answer) -> tuple[str, float]:
        try:
            value = parse_strict(answer.body)
        except DestinationAnswerError:
            value = None
        fields = value if isinstance(value, dict) else {}
        token, lifetime = fields.get("access_token"), fields.get("expires_in")
        if not isinstance(token, str) or not _can_stand_in_a_header(token):
            message = f"no token: the answer of `{self._transport.host}` holds none"
            raise TokenUnavailableError(message, http_status=200)
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or not 0 < lifetime < 10**9:
            lifetime = LIFETIME_SECONDS  # a token that ends earlier is renewed on the 401 it brings
        return token, float(lifetime)


def _can_stand_in_a_header(token: str) -> bool:
    return 0 < len(token) <= MAX_TOKEN_CHARACTERS and all("!" <= character <= "~" for character in token)


def _reason(answer: Answer) -> str:
    """The OAuth error code, which is a word; never free text, which may repeat what was sent."""
    try:
        value = parse_strict(answer.body)
    except DestinationAnswerError:
        return ""
    code = value.get("error") if isinstance(value, dict) else None
    is_word = isinstance(code, str) and len(code) <= 40 and code.replace("_", "").isalnum() and code.isascii()
    return f" ({code})" if is_word else ""
