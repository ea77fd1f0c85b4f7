"""The page that somebody wanted before the sign-in, kept in a cookie: Streamlit comes back to the start page only.

Only a page of this app can be come back to: the cookie names a path of ours and its query, never a host.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncengine.settings import Settings

PAGES = frozenset({"", "products", "discrepancies", "runs", "settings", "run", "product", "item", "compare"})
CALLBACK = "/oauth2callback"
_COOKIE, _SECONDS, _LONGEST = "catalog_sync_wanted", 600, 2_000


@dataclass(frozen=True, slots=True)
class DeepLink:
    """The app, with a way back to the wanted page after a sign-in; where nobody signs in, nothing is kept."""

    app: ASGIApp
    settings: Settings | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note which page is asked for; after a sign-in that succeeded, send the browser there."""
        settings = self.settings
        if scope["type"] != "http" or scope["method"] != "GET" or settings is None or settings.access.mode != "oidc":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if scope["path"] == CALLBACK:
            send = _coming_back(send, _own_page(unquote(request.cookies.get(_COOKIE, ""))))
        elif (page := _asked_for(request)) is not None:
            send = _with_cookie(send, f"{_COOKIE}={quote(page, safe='')}; Max-Age={_SECONDS}{_attributes(request)}")
        await self.app(scope, receive, send)


def _attributes(request: Request) -> str:
    return f"; Path=/; HttpOnly; SameSite=Lax{'; Secure' if request.url.scheme == 'https' else ''}"


def _asked_for(request: Request) -> str | None:
    """The page that a browser's own navigation asks for, or None for everything else."""
    if request.headers.get("sec-fetch-dest", "document") != "document":
        return None
    query = urlencode(request.query_params.multi_items())
    return _own_page(f"{request.url.path}?{query}" if query else request.url.path)


def _own_page(text: str) -> str | None:
    """The path and query of a page of ours, or None."""
    path, _, query = text.partition("?")
    is_ours = path.startswith("/") and path[1:] in PAGES and len(text) <= _LONGEST and query.isascii()
    return text if is_ours and query.isprintable() and not {" ", "\\"} & set(query) else None


def _with_cookie(send: Send, cookie: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return sending


def _coming_back(send: Send, page: str | None) -> Send:
    """Where the answer sends the browser to the start page, to the wanted one instead."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and page is not None:
            headers = MutableHeaders(scope=message)
            if message["status"] == 302 and headers.get("location") == "/":
                headers["location"] = page
                headers.append("set-cookie", f"{_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")
        await send(message)

    return sending
