"""Installations whose first sync is through: it is made once, and each test gets a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.stand import Stand, synced_stand


@pytest.fixture
def open_synced(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stand]]:
    """Opens a stand that has synced once; the keyword says how many products its store has."""
    with ExitStack() as stack:

        def opened(products: int = 60) -> Stand:
            return stack.enter_context(synced_stand(tmp_path, tmp_path_factory, products=products))

        yield opened


@pytest.fixture
def stand(open_synced: Callable[..., Stand]) -> Stand:
    """A stand of 60 products that has synced once."""
    return open_synced()
