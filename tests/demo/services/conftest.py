"""A running demo services process per test, on a thread."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from syncengine.demo.services.app import ServicesConfig
from syncengine.demo.services.server import running

from .client import Client


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Starts services with the given configuration and returns a client of theirs."""
    with ExitStack() as stack:

        def _start(state: Any = ":memory:", **config: Any) -> Client:
            url = stack.enter_context(running(ServicesConfig(**config), state=state))
            client = Client(url)
            stack.callback(client.session.close)
            return client

        yield _start


@pytest.fixture(scope="package")
def plain_services() -> Iterator[str]:
    """The address of services without faults, which many tests share."""
    with running() as url:
        yield url


@pytest.fixture
def client(plain_services: str) -> Iterator[Client]:
    """A client of services without faults, in a data space of its own."""
    client = Client(plain_services, data_space_id=uuid.uuid4().hex)
    yield client
    client.session.close()
