"""A running fake store, and a source that reads it without waiting between attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from catalog.fake_store import FakeStore
from syncengine.catalog import CatalogSource, StagedCatalog, create_record_views, open_source
from syncengine.settings import SourceSettings

Opener = Callable[..., CatalogSource]


@pytest.fixture
def pauses() -> list[float]:
    """How long the source would have slept between attempts."""
    return []


@pytest.fixture
def open_store(pauses: list[float]) -> Iterator[Opener]:
    """Starts a fake store and opens a source on it; `address` changes the address it is given."""
    with ExitStack() as stack:
        addresses: dict[int, str] = {}  # a store keeps its address, however many sources are opened on it

        def start(
            store: FakeStore, *, address: Callable[[str], str] = lambda url: url, **options: Any
        ) -> CatalogSource:
            if id(store) not in addresses:
                addresses[id(store)] = stack.enter_context(store.running())
            url = address(addresses[id(store)])
            values = {"token": SecretStr("canary-token"), "page_size": 10, "timeout_seconds": 5.0, **options}
            return open_source(SourceSettings(url=url, **values), sleep=pauses.append)

        yield start


@pytest.fixture
def records() -> Iterator[Callable[[StagedCatalog], duckdb.DuckDBPyConnection]]:
    """An in-memory connection with the record views of a staged catalog."""
    with duckdb.connect() as con:

        def views(staged: StagedCatalog) -> duckdb.DuckDBPyConnection:
            create_record_views(con, staged)
            return con

        yield views
