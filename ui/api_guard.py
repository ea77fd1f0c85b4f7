"""Who asks the API, before any of its routes answers; and how large a request may be.

A program shows a token, and may write so often with it. People's own sign-in counts for reading only: what writes must
not follow from a cookie that a browser sends along by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncengine.access.claims import is_stale, user_of_claims
from syncengine.access.pace import WritePace
from syncengine.access.roles import NotSignedInError, User, local_user
from syncengine.access.tokens import user_of_token
from syncengine.errors import CatalogSyncError, SettingsError
from syncengine.settings import Settings
from ui.api_errors import error_response

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({"/openapi.json"})  # says what there is, and nothing of what is in it


class RequestTooLargeError(CatalogSyncError):
    """More was sent than `api.max_body_kb` allows."""

    code = "CS1003"


@dataclass(frozen=True, slots=True)
class Guard:
    """The API behind its guard; `settings` are asked for with each request, so that they are those of the routes.

    `pace`: what was written within the last minute.
    """

    app: ASGIApp
    settings: Callable[[], Settings]
    pace: Callable[[], WritePace] = field(default=WritePace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its user in `state.user`, or answer 401, 403, 413 or 429 as errors are."""
        if scope["type"] != "http" or _own_path(scope) in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        try:
            settings = self.settings()
            user = self._user(HTTPConnection(scope), settings, writes=scope["method"] not in READING)
            user.require("view")
            most = settings.api.max_body_kb * 1024
            body = await _body(scope, receive, most)
        except CatalogSyncError as error:
            status = 413 if isinstance(error, RequestTooLargeError) else 500 if error.code == "CS1001" else None
            await error_response(error, status=status)(scope, receive, send)
            return
        scope.setdefault("state", {})["user"] = user
        await self.app(scope, _replayed(body, receive), send)

    def _user(self, connection: HTTPConnection, settings: Settings, *, writes: bool) -> User:
        """Who asks; each token has its own pace, and who shows none that is known shares that of his address."""
        per_minute = settings.api.writes_per_minute
        try:
            user = user_asking(connection, settings, writes=writes)
        except NotSignedInError:
            if writes:
                host = connection.client.host if connection.client else "unknown"
                self.pace().take(f"address {host}", per_minute=per_minute)
            raise
        if writes:
            self.pace().take(f"token {user.name}", per_minute=per_minute)
        return user


def _own_path(scope: Scope) -> str:
    """The path below the place where the API is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def user_asking(connection: HTTPConnection, settings: Settings, *, writes: bool) -> User:
    """Who asks. Raises: NotSignedInError; SettingsError when a token's file cannot be read."""
    kind, _, given = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and given.strip():
        user = user_of_token(given.strip(), settings.api)
        if user is None:
            raise NotSignedInError("This token is not known here.", hint="See `api.tokens` in the settings.")
        return user
    if writes:
        raise NotSignedInError(
            "What writes needs a token.", hint="Send `Authorization: Bearer …` with one of `api.tokens`."
        )
    user = _person(connection, settings)
    if user is None:
        raise NotSignedInError(
            "Nobody says who asks.", hint="Send `Authorization: Bearer …` with one of `api.tokens`, or sign in."
        )
    return user


def _person(connection: HTTPConnection, settings: Settings) -> User | None:
    access = settings.access
    if access.mode == "none":
        return local_user()
    if access.mode == "proxy":  # the gate has let these headers through only when they came from the proxy
        headers = connection.headers
        claims: dict[str, Any] = {access.name_claim: headers.get(access.user_header)}
        claims[access.roles_claim] = headers.get(access.roles_header)
        return user_of_claims({key: value for key, value in claims.items() if value}, access)
    claims = signed_in_claims(connection.cookies)
    return None if not claims or is_stale(claims, access, datetime.now(UTC)) else user_of_claims(claims, access)


def signed_in_claims(cookies: dict[str, str]) -> dict[str, Any]:
    """The claims in the cookie that Streamlit has signed at sign-in; nothing where it is missing, old or forged."""
    # Streamlit has no public way to ask this outside a page; the version is pinned, and a test signs in for real
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value.encode("latin-1"))

    try:
        text = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
        claims: Any = json.loads(text) if text else {}
    except (ValueError, UnicodeError):
        return {}
    return claims if isinstance(claims, dict) and claims.get("is_logged_in") is True else {}


async def _body(scope: Scope, receive: Receive, most: int) -> bytes:
    if scope["method"] in READING:
        return b""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise SettingsError("The request ended early.", hint="Send it again.", code="CS1003")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise RequestTooLargeError(
                f"The request is larger than {most // 1024:,} KiB.", hint="`api.max_body_kb` sets how large it may be."
            )
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
