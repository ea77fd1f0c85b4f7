"""The items of a generated catalog, and judges that share no code with the sender."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from syncengine.catalog.source import create_record_views, open_source
from syncengine.demo.store.server import StoreOptions, running
from syncengine.export.destinations.optimizer.mapping import MAPPED_FEEDS
from syncengine.feeds.compile import compile_feeds
from syncengine.feeds.registry import get_feeds
from syncengine.settings import SourceSettings

HOST = "https://na1-sandbox.api.commerce.adobe.com"
Items = Mapping[str, list[dict[str, Any]]]


@pytest.fixture(scope="session")
def catalog_items(tmp_path_factory: pytest.TempPathFactory) -> Items:
    """All items of the mapped feeds, by feed, of a generated catalog read over REST."""
    place = tmp_path_factory.mktemp("catalog")
    with running(StoreOptions(products=250)) as url:
        source = open_source(SourceSettings(url=f"{url}/rest", token="demo-token"))
        staged = source.read(place / "staging", progress=lambda _: None, should_stop=lambda: False)
    with duckdb.connect() as connection:
        create_record_views(connection, staged)
        feeds = get_feeds(sorted(MAPPED_FEEDS))
        items = {}
        for compiled in compile_feeds(connection, feeds, out=place / "compiled", now=datetime(2026, 11, 1, tzinfo=UTC)):
            rows = connection.sql("SELECT payload FROM read_parquet($path)", params={"path": str(compiled.path)})
            items[compiled.feed.name] = [json.loads(payload) for (payload,) in rows.fetchall()]
    return items


@pytest.fixture(scope="session")
def judge(shared: Path) -> Callable[[str, bytes], None]:
    """Holds a request's path and body against the schema as published; raises what is wrong."""
    api = OpenAPI.from_file_path(str(shared / "contracts/commerce-ingestion-v1.yaml"))

    def _judge(path: str, body: bytes) -> None:
        headers = {"Authorization": "Bearer token", "Content-Type": "application/json"}
        request = MockRequest(
            HOST, "post", f"/tenant{path}", data=body, headers=headers, content_type="application/json"
        )
        api.validate_request(request)

    return _judge
