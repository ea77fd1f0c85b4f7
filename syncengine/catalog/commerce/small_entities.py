"""Scopes, attributes, categories, stock and permissions: whatever is read in full each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from syncengine.catalog.commerce import lists
from syncengine.catalog.commerce.client import CommerceClient, items_of
from syncengine.catalog.commerce.scopes import scopes_of
from syncengine.catalog.commerce.staging import StagingArea
from syncengine.catalog.staged import ENTITIES, ReadProgress, ReadStoppedError
from syncengine.errors import IncompleteReadError, SourceAnswerError

Progress = Callable[[ReadProgress], None]
# every SKU of a website in one answer, some 50 bytes each
_STOCK_INDEX_BYTES = 192 * 2**20
_PERMISSIONS_PATH = "/V1/catalogSync/categoryPermissions"


class SmallEntities:
    """What is read beside products: each entity is fetched whole, staged as it came, and counted."""

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
        scopes = scopes_of(f"GET {path}", parsed)
        self._stage(entity, "", [(body, len(scopes))])
        return scopes

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
