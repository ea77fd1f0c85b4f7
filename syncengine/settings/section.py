"""What every section of the settings is made from."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def checked_url(value: str | None, *, allow_http: bool) -> str | None:
    """`value` without a trailing slash; refuses one that sends or holds secrets in the open, or is no base address."""
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://shop.example/rest")
    if parts.username or parts.password or parts.fragment or parts.query:
        raise ValueError("must not hold a user name, a password, a query or a fragment")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS and not allow_http:
        raise ValueError("must use https (set allow_http = true to send credentials in clear text)")
    return value.rstrip("/")
