"""A whole read of a Commerce store: scopes first, then what depends on them, products last."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncengine.catalog.commerce import lists
from syncengine.catalog.commerce.client import CommerceClient, items_of
from syncengine.catalog.commerce.products import ProductsReader
from syncengine.catalog.commerce.staging import StagingArea
from syncengine.catalog.staged import ENTITIES, ReadProgress, ReadStoppedError, StagedCatalog, StagedPart
from syncengine.errors import CatalogError, IncompleteReadError, SourceAnswerError

ADMIN_SCOPE = "all"
_CODE = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_STORE_LISTS = {
    "websites": "/V1/store/websites",
    "store_groups": "/V1/store/storeGroups",
    "store_views": "/V1/store/storeViews",
    "store_configs": "/V1/store/storeConfigs",
}
# every SKU of a website in one answer, some 50 bytes each
_STOCK_INDEX_BYTES = 192 * 2**20
_PERMISSIONS_PATH = "/V1/catalogSync/categoryPermissions"

_STOP_POLL_SECONDS = 0.2
# a full read is due daily: edits that leave updated_at alone are seen no later
_CHANGES_FOR = timedelta(hours=24)
# imports stamp many rows with one second, and transactions commit after their stamp
_OVERLAP = timedelta(minutes=5)

Progress = Callable[[ReadProgress], None]


class CommerceRestSource:
    """The catalog of one Commerce store, read over its REST API."""

    name = "commerce_rest"

    def __init__(self, client: CommerceClient, *, address: str, page_size: int, connections: int) -> None:
        self._client = client
        self._address = address
        self._page_size = page_size
        self._connections = connections

    def read(
        self,
        staging: Path,
        *,
        progress: Progress = lambda step: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> StagedCatalog:
        """Everything the store holds, or an error. What an earlier read left in `staging` is gone on from."""
        area = StagingArea(staging, source=f"{self.name} {self._address}")
        return self._staged(area, None, progress, should_stop)

    def read_changes(
        self,
        staging: Path,
        *,
        progress: Progress = lambda step: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> StagedCatalog:
        """The whole catalog again, of which only what the store says has changed was asked for.

        `staging` holds an earlier complete read of the same store, no more than a day old; without one, all
        is read. Products come by `updated_at`, everything else in full. Deleted products are found by counting
        id ranges. An edit that leaves `updated_at` alone (a price through the price endpoints, say) is seen by
        the next full read.
        """
        started = datetime.now(UTC)
        area = StagingArea(staging, source=f"{self.name} {self._address}", usable_for=_CHANGES_FOR)
        since = None
        if area.watermark is not None:
            since, area.read_at = area.watermark - _OVERLAP, started
        return self._staged(area, since, progress, should_stop)

    def _staged(
        self, area: StagingArea, since: datetime | None, progress: Progress, should_stop: Callable[[], bool]
    ) -> StagedCatalog:
        self._client.begin()
        try:
            with _stopping(self._client, should_stop):
                return self._read(area, since, progress, should_stop)
        finally:
            area.close()
            self._client.close()

    def _read(
        self, area: StagingArea, since: datetime | None, progress: Progress, should_stop: Callable[[], bool]
    ) -> StagedCatalog:
        reading = _Reading(self._client, area, progress, should_stop)
        stores = {entity: reading.store_list(entity, path) for entity, path in _STORE_LISTS.items()}
        views = active_view_codes(stores["store_views"])
        websites = [_code_of(website) for website in stores["websites"] if website["id"] != 0]
        reading.list_of(lists.CUSTOMER_GROUPS)
        reading.list_of(lists.ATTRIBUTE_SETS)
        for scope in (ADMIN_SCOPE, *views):
            reading.list_of(lists.ATTRIBUTES, scope=scope)
        for view in views:
            reading.list_of(lists.CATEGORIES, scope=view)
        reading.list_of(lists.SOURCE_ITEMS)
        for website in websites:
            reading.stock_index(website)
        reading.category_permissions()
        products = ProductsReader(
            self._client,
            area,
            page_size=self._page_size,
            connections=self._connections,
            progress=progress,
            should_stop=should_stop,
        )
        if since is not None:
            products.extend_bound(views[0])
        for view in views:
            products.read(view, since=since)
        reading.offered["products"] = True
        for entity, scopes in (("products", views), ("categories", views), ("stock_index", websites)):
            area.keep_only(entity, scopes)
        area.keep_only("attributes", [ADMIN_SCOPE, *views])
        area.complete(self._client.store_time or area.read_at)
        return StagedCatalog(
            root=area.root,
            source=f"{self.name} {self._address}",
            parts=tuple(_parts(area, [*views, ADMIN_SCOPE, *websites, ""])),
            offered=dict(reading.offered),
            requests=self._client.requests,
            read_at=area.read_at,
            is_partial=since is not None,
        )


@contextmanager
def _stopping(client: CommerceClient, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Asks `should_stop` while the read waits for the store, so that a stop needs no answer first."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_STOP_POLL_SECONDS):
            if should_stop():
                client.stop()
                return

    watcher = threading.Thread(target=watch, name="read-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


class _Reading:
    """The smaller entities of one read: each is fetched whole, staged as it came, and counted."""

    def __init__(
        self,
        client: CommerceClient,
        area: StagingArea,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> None:
        self.offered = dict.fromkeys(ENTITIES, False)
        self._client = client
        self._area = area
        self._progress = progress
        self._should_stop = should_stop

    def store_list(self, entity: str, path: str) -> list[dict[str, Any]]:
        """A bare array of scopes, each with an id."""
        taken = self._client.get(path)
        body, parsed = taken if taken else (b"", None)
        if not isinstance(parsed, list) or not all(isinstance(i, dict) and "id" in i for i in parsed):
            hint = "Check source.url: it ends in /rest, except for a cloud service, which has none."
            raise SourceAnswerError(f"GET {path} was answered without a list of scopes.", hint=hint)
        self._stage(entity, "", [(body, len(parsed))])
        return parsed

    def list_of(self, endpoint: lists.ListEndpoint, *, scope: str = "") -> None:
        """A list with searchCriteria, under one scope."""
        entity = endpoint.entity

        def report(records: int, total: int) -> None:
            self._report(entity, scope, records, total)

        pages = lists.read_list(self._client, endpoint, store=scope or None, progress=report)
        if pages is not None:
            self._stage(entity, scope, [(page.body, page.records) for page in pages])

    def stock_index(self, website: str) -> None:
        """Salable quantities of one website; a store without that endpoint does not offer them."""
        path = f"/V1/inventory/dump-stock-index-data/website/{website}"
        taken = self._client.get(path, absent=(400, 401, 404), max_body_bytes=_STOCK_INDEX_BYTES)
        if taken is None:
            return
        body, parsed = taken
        if not isinstance(parsed, list):
            raise SourceAnswerError(f"GET {path} was answered without a list.")
        self._stage("stock_index", website, [(body, len(parsed))])

    def category_permissions(self) -> None:
        """Permission rows, from stores that have the extension for them."""
        taken = self._client.get(_PERMISSIONS_PATH, params=[("searchCriteria", "")], absent=(404,))
        if taken is None:
            return
        body, parsed = taken
        rows = parsed if isinstance(parsed, list) else items_of(f"GET {_PERMISSIONS_PATH}", parsed)
        if isinstance(parsed, dict) and parsed.get("total_count", len(rows)) != len(rows):
            raise IncompleteReadError(
                f"GET {_PERMISSIONS_PATH} gave {len(rows)} rows, the store counts {parsed['total_count']}.",
                hint="This path must answer all rows when no page size is asked for.",
            )
        self._stage("category_permissions", "", [(body, len(rows))])

    def _stage(self, entity: str, scope: str, bodies: Iterable[tuple[bytes, int]]) -> None:
        self._area.drop_all(entity, scope)
        total = 0
        for body, records in bodies:
            self._area.record(self._area.write_page(entity, scope, body, records=records))
            total += records
        self.offered[entity] = True
        self._report(entity, scope, total, total)

    def _report(self, entity: str, scope: str, records: int, total: int | None) -> None:
        if self._should_stop():
            raise ReadStoppedError("The read was stopped on request.", hint="Run it again to go on.")
        self._progress(ReadProgress(entity=entity, scope=scope, records=records, total=total))


def active_view_codes(views: list[dict[str, Any]]) -> list[str]:
    """Codes of the store views that shoppers can see, by id; the admin's is none of them.

    Raises: CatalogError when there is none.
    """
    active = [view for view in views if view["id"] != 0 and view.get("is_active", 1) not in (0, False, "0")]
    if not active:
        raise CatalogError("The store has no active store view.", hint="Enable one under Stores > All Stores.")
    return [_code_of(view) for view in sorted(active, key=lambda view: int(view["id"]))]


def _code_of(scope: dict[str, Any]) -> str:
    code = scope.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code) or code == ADMIN_SCOPE:
        raise SourceAnswerError(f"The scope with id {scope.get('id')} has no usable code.")
    return code


def _parts(area: StagingArea, scopes: list[str]) -> Iterable[StagedPart]:
    for entity in ENTITIES:
        for scope in dict.fromkeys(scopes):
            pages = area.pages(entity, scope)
            if pages:
                yield StagedPart(
                    entity=entity,
                    scope=scope,
                    files=tuple(page.file for page in pages),
                    records=sum(page.records for page in pages),
                )
