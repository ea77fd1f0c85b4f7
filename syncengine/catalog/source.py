"""The sources a catalog can be read from, and the face of this room."""

from __future__ import annotations

from collections.abc import Callable

import requests

from syncengine.catalog.commerce.auth import BearerToken
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
)
from syncengine.errors import SettingsError
from syncengine.settings import SourceSettings, secret_value
from syncengine.transport import RetryPolicy, Transport

__all__ = [
    "ENTITIES",
    "CatalogSource",
    "ReadProgress",
    "ReadStoppedError",
    "StagedCatalog",
    "StagedPart",
    "create_record_views",
    "open_source",
]


def open_source(
    settings: SourceSettings,
    *,
    auth: requests.auth.AuthBase | None = None,
    sleep: Callable[[float], None] | None = None,
) -> CatalogSource:
    """The source that `settings` describe; nothing is read or connected yet.

    `auth` stands in for the token of the settings.
    `sleep` waits between attempts; without it a wait ends early when the read is stopped.

    Raises: SettingsError when what its kind needs is not set.
    """
    if settings.kind == "files":
        if settings.path is None:
            raise SettingsError("`source.path` is not set.", hint="Set it to the directory of records.")
        return FilesSource(settings.path)
    if settings.url is None:
        raise SettingsError("`source.url` is not set.", hint="Set it to the store's address up to /rest.")
    token = secret_value(settings.token, settings.token_file, "source.token_file")
    transport = Transport(
        settings.url,
        auth=auth or (BearerToken(token) if token else None),
        timeout_seconds=settings.timeout_seconds,
        connections=settings.connections,
    )
    return CommerceRestSource(
        CommerceClient(transport, RetryPolicy(sleep=sleep) if sleep else None),
        address=settings.url,
        page_size=settings.page_size,
        connections=settings.connections,
    )
