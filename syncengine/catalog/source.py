"""The sources a catalog can be read from, and the face of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import requests

from syncengine.catalog.commerce.auth import AdminSignIn, BearerToken, oauth_signature
from syncengine.catalog.commerce.client import CommerceClient
from syncengine.catalog.commerce.source import CommerceRestSource
from syncengine.catalog.files import FilesSource
from syncengine.catalog.records import create_record_views
from syncengine.catalog.staged import (
    ENTITIES,
    CatalogSource,
    ReadProgress,
    ReadStoppedError,
    StagedCatalog,
    StagedPart,
    Touched,
)
from syncengine.errors import SettingsError
from syncengine.settings import SourceSettings, secret_value
from syncengine.traffic import SIGN_IN
from syncengine.transport import RetryPolicy, Transport

__all__ = [
    "ENTITIES",
    "CatalogSource",
    "ReadProgress",
    "ReadStoppedError",
    "StagedCatalog",
    "StagedPart",
    "Touched",
    "create_record_views",
    "open_client",
    "open_source",
]


def open_source(
    settings: SourceSettings,
    *,
    auth: requests.auth.AuthBase | None = None,
    sleep: Callable[[float], None] | None = None,
) -> CatalogSource:
    """The source that `settings` describe; nothing is read or connected yet.

    `auth` stands in for the credentials of the settings.
    `sleep` waits between attempts; without it a wait ends early when the read is stopped.

    Raises: SettingsError when what its kind needs is not set.
    """
    if settings.kind == "files":
        if settings.path is None:
            raise SettingsError("`source.path` is not set.", hint="Set it to the directory of records.")
        return FilesSource(settings.path)
    if settings.url is None:
        raise SettingsError("`source.url` is not set.", hint="Set it to the store's address up to /rest.")
    return CommerceRestSource(
        open_client(settings, auth=auth, policy=RetryPolicy(sleep=sleep) if sleep else None),
        address=settings.url,
        page_size=settings.page_size,
        connections=settings.connections,
        prices_every=timedelta(minutes=settings.prices_every_minutes),
    )


def open_client(
    settings: SourceSettings,
    *,
    auth: requests.auth.AuthBase | None = None,
    policy: RetryPolicy | None = None,
) -> CommerceClient:
    """Requests to the store that `settings` name, with their credentials; `auth` stands in for those.

    Without a `policy` a pause between attempts ends early when the read is stopped.

    Raises: SettingsError.
    """
    if settings.url is None:
        raise SettingsError("`source.url` is not set.", hint="Set it to the store's address up to /rest.")
    transport = Transport(
        settings.url,
        auth=auth or credentials_of(settings),
        timeout_seconds=settings.timeout_seconds,
        connections=settings.connections,
        target="store",
    )
    return CommerceClient(transport, policy)


def credentials_of(settings: SourceSettings) -> requests.auth.AuthBase | None:
    """What signs the requests to this store; None for a store without. Raises: SettingsError for an empty secret."""

    def secret(name: str) -> str:
        value = secret_value(getattr(settings, name), getattr(settings, f"{name}_file"), f"source.{name}_file")
        if not value:
            raise SettingsError(f"`source.{name}` is empty.", hint=f"Set `source.{name}` or `source.{name}_file`.")
        return value

    match settings.credential_kind:
        case "none":
            return None
        case "token":
            return BearerToken(secret("token"))
        case "admin":
            # its own transport: the sign-in must not wait for a connection that its request holds
            sign_in = Transport(
                settings.url or "", auth=None, timeout_seconds=settings.timeout_seconds, connections=1, target=SIGN_IN
            )
            return AdminSignIn(sign_in, settings.username or "", secret("password"))
        case "oauth":
            return oauth_signature(
                consumer_key=settings.consumer_key or "",
                consumer_secret=secret("consumer_secret"),
                access_token=secret("access_token"),
                access_token_secret=secret("access_token_secret"),
            )
