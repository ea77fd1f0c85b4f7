"""Some products as the store tells them at this moment, compiled as a sync would; nothing is written to the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import duckdb

from syncengine.catalog import create_record_views, credentials_of, open_source
from syncengine.catalog.commerce.client import CommerceClient
from syncengine.catalog.commerce.source import CommerceRestSource
from syncengine.catalog.source import CatalogSource
from syncengine.control.schema import utc_now
from syncengine.feeds.compile import compile_feeds
from syncengine.feeds.registry import FEEDS, get_feed
from syncengine.inspection.story import belongs_to_sku
from syncengine.inspection.view import CatalogView, rows, sql_text
from syncengine.lake.paths import DataDirectory
from syncengine.lake.scratch import scratch_connection
from syncengine.settings import SourceSettings
from syncengine.transport import Answer, Transport

_BY_SKU = ("/V1/products", "/V1/inventory/source-items")
_LONGEST_NAMES = 5_000  # of SKUs in one address; servers refuse addresses of some 8,000 characters
_SKUS_AT_ONCE = 10


def together(view: CatalogView, skus: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The SKUs in groups that one reading can ask for, each with its family: what their items are compiled from."""
    asked: list[str] = []
    names: set[str] = set()
    for start in range(0, len(skus), _SKUS_AT_ONCE):
        group = list(skus[start : start + _SKUS_AT_ONCE])
        family = set(_family(view, group))
        if asked and _length(names | family) > _LONGEST_NAMES:
            yield asked, sorted(names)
            asked, names = [], set()
        asked += group
        names |= family
    if asked:
        yield asked, sorted(names)


def _length(names: set[str]) -> int:
    return sum(len(quote(name, safe="")) + 3 for name in names)


def _family(view: CatalogView, skus: list[str]) -> list[str]:
    """The SKUs, what they consist of and what they are part of: what their items are compiled from."""
    reader = view.reader_or_none()
    if reader is None or get_feed("variants") not in view.feeds(reader):
        return skus
    found = rows(reader, sql_text("family.sql"), {"skus": skus})["sku"].to_list()
    return sorted({*skus, *filter(None, found)})


@contextmanager
def compiled_now(
    view: CatalogView, source: SourceSettings, skus: list[str], should_stop: Callable[[], bool] = lambda: False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with one view per feed of products, named like it, of what the store says now."""
    directory = DataDirectory(view.settings.data_dir)
    engine = view.settings.engine
    directory.tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
    feeds = [feed for feed in FEEDS.values() if belongs_to_sku(feed) is not None]
    with (
        TemporaryDirectory(prefix="verify-", dir=directory.tmp) as place,
        scratch_connection(directory, memory_limit_mb=engine.memory_limit_mb, threads=engine.threads) as connection,
    ):
        staging = Path(place) / "staging"
        staging.mkdir()
        staged = _source_of(source, skus).read(staging, progress=lambda step: None, should_stop=should_stop)
        create_record_views(connection, staged)
        for item in compile_feeds(
            connection,
            feeds,
            out=Path(place) / "compiled",
            now=utc_now(),
            noise=view.noise(),
        ):
            path = str(item.path).replace("'", "''")
            connection.execute(f"CREATE VIEW \"now_{item.feed.name}\" AS FROM read_parquet('{path}')")
        yield connection


def _source_of(settings: SourceSettings, skus: list[str]) -> CatalogSource:
    """The source of these settings; a store is asked for the named products only."""
    if settings.kind == "files" or settings.url is None:
        return open_source(settings)
    transport = _BySkuTransport(
        settings.url,
        auth=credentials_of(settings),
        timeout_seconds=settings.timeout_seconds,
        connections=1,
        target="store",
    )
    transport.narrow_to(skus)
    return CommerceRestSource(
        CommerceClient(transport), address=settings.url, page_size=settings.page_size, connections=1
    )


class _BySkuTransport(Transport):
    """Asks lists of products and of their stock for some SKUs only, whatever else a request filters by."""

    def narrow_to(self, skus: Sequence[str]) -> None:
        """Only these from now on: in one list, and those with a comma, which cannot stand in it, each by itself."""
        group = "searchCriteria[filterGroups][90][filters]"
        listed = ",".join(sku for sku in skus if "," not in sku)
        filters = [("in", listed)] if listed else []
        filters += [("eq", sku) for sku in skus if "," in sku]
        self._narrowing = [
            pair
            for number, (condition, value) in enumerate(filters)
            for pair in (
                (f"{group}[{number}][field]", "sku"),
                (f"{group}[{number}][conditionType]", condition),
                (f"{group}[{number}][value]", value),
            )
        ]

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_body_bytes: int | None = None,
    ) -> Answer:
        """As Transport; with the SKUs as one more filter group where the list has SKUs."""
        if method == "GET" and path.endswith(_BY_SKU):
            params = [*(pair for pair in params if pair != ("searchCriteria", "")), *self._narrowing]
        return super().request(method, path, params=params, headers=headers, body=body, max_body_bytes=max_body_bytes)
