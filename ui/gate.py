"""What stands before every request, page or API: the host that was asked for, and headers that only a proxy may send.

Streamlit checks the host of its websocket only, and believes `server.trustedUserHeaders` from anybody who connects.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncengine.settings import LOOPBACK_HOSTS, Settings

_SAFE_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "same-origin"),
)


@dataclass(frozen=True, slots=True)
class Gate:
    """The app behind its gate. Without settings that can be used, as if none were set."""

    app: ASGIApp
    settings: Settings | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse another host (as a page elsewhere would ask for by a name of its own), take away what was forged."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        settings = self.settings
        hosts = allowed_hosts(settings) if settings else tuple(LOOPBACK_HOSTS)
        if hosts and not _host_is_among(Headers(scope=scope).get("host"), hosts):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await PlainTextResponse("This host is not served here.", status_code=400)(scope, receive, send)
            return
        if settings is not None:
            scope = _without_forged_headers(scope, settings)
        await self.app(scope, receive, _with_safe_headers(send))


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """The names the app answers to; none stands for any, where a proxy or a sign-in stands before the data."""
    chosen = settings.ui.allowed_hosts
    if chosen:
        return (*chosen, *LOOPBACK_HOSTS)
    return tuple(LOOPBACK_HOSTS) if settings.ui.address in LOOPBACK_HOSTS and settings.access.mode == "none" else ()


def is_trusted_proxy(client: str | None, settings: Settings) -> bool:
    """Whether what comes from this address may say who somebody is."""
    try:
        address = ipaddress.ip_address(client or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(one, strict=False) for one in settings.access.proxies)


def _without_forged_headers(scope: Scope, settings: Settings) -> Scope:
    client = scope.get("client")
    access = settings.access
    if access.mode == "proxy" and is_trusted_proxy(client[0] if client else None, settings):
        return scope
    forged = {access.user_header.lower().encode(), access.roles_header.lower().encode()}
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() not in forged]}


def _host_is_among(host: str | None, hosts: tuple[str, ...]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname if host else None
    except ValueError:
        return False
    return name is not None and name.rstrip(".") in {one.lower().strip("[]") for one in hosts}


def _with_safe_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SAFE_HEADERS:
                headers.setdefault(name, value)
        await send(message)

    return sending
