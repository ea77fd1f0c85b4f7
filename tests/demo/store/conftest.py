"""Stores that the tests ask: one with the Luma records, one generated; both read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncengine.demo.store.server import StoreOptions, running

from .asking import Api

PRODUCTS = 700


@contextmanager
def api_of(**options: Any) -> Iterator[Api]:
    with running(StoreOptions(**options)) as base:
        api = Api(base)
        try:
            yield api
        finally:
            api.close()


@pytest.fixture(scope="session")
def shop() -> Iterator[Api]:
    """The generated shop; not to be changed."""
    with api_of(products=PRODUCTS) as api:
        yield api


@pytest.fixture(scope="session")
def luma(shared: Path) -> Iterator[Api]:
    """The Luma records; not to be changed."""
    with api_of(catalog=shared / "luma") as api:
        yield api


@pytest.fixture
def start() -> Callable[..., AbstractContextManager[Api]]:
    """A store of one's own, by its options."""
    return api_of
