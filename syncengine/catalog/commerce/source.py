"""A whole read of a Commerce store: scopes first, then what depends on them, products and their prices last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncengine.catalog.commerce import lists
from syncengine.catalog.commerce.client import CommerceClient
from syncengine.catalog.commerce.prices import (
    BASE_PRICES,
    SPECIAL_PRICES,
    TIER_PRICES,
    PricesReader,
    staged_skus,
    stale_products,
)
from syncengine.catalog.commerce.products import ProductsReader
from syncengine.catalog.commerce.scopes import ADMIN_SCOPE, STORE_LISTS, code_of, scopes_of, view_codes
from syncengine.catalog.commerce.small_entities import Progress, SmallEntities
from syncengine.catalog.commerce.staging import StagedPage, StagingArea
from syncengine.catalog.staged import ENTITIES, StagedCatalog, StagedPart, Touched
from syncengine.progress import watched

_STOP_POLL_SECONDS = 0.2
# a full read is due daily: edits that leave updated_at alone are seen no later
_CHANGES_FOR = timedelta(hours=24)
# imports stamp many rows with one second, and transactions commit after their stamp
_OVERLAP = timedelta(minutes=5)


class CommerceRestSource:
    """The catalog of one Commerce store, read over its REST API."""

    name = "commerce_rest"

    def __init__(
        self,
        client: CommerceClient,
        *,
        address: str,
        page_size: int,
        connections: int,
        prices_every: timedelta = timedelta(),
    ) -> None:
        self._client = client
        self._address = address
        self._page_size = page_size
        self._connections = connections
        self._prices_every = prices_every

    def probe(self) -> str:
        """One sentence that says the store answers. Raises: CatalogError when it does not, or refuses us."""
        self._client.begin()
        try:
            taken = self._client.get(STORE_LISTS["store_views"])
            views = view_codes(scopes_of("store views", taken[1] if taken else None))
            products = self._client.count("/V1/products", ())
        finally:
            self._client.close()
        number = "1 store view" if len(views) == 1 else f"{len(views)} store views"
        return f"The store answers: {number}, {products:,} products, Magento at {self._address}."

    def read(
        self,
        staging: Path,
        *,
        progress: Progress = lambda step: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> StagedCatalog:
        """Everything the store holds, or an error.

        What a read that died left in `staging` is gone on from; what a complete one left is replaced.
        """
        area = StagingArea(staging, source=f"{self.name} {self._address}")
        if area.watermark is not None:
            area.restart()
        return self._staged(area, None, None, progress, should_stop)

    def read_changes(
        self,
        staging: Path,
        *,
        progress: Progress = lambda step: None,
        should_stop: Callable[[], bool] = lambda: False,
        touched: Touched | None = None,
    ) -> StagedCatalog:
        """The whole catalog again, of which only what the store says has changed was asked for.

        `staging` holds an earlier complete read of the same store, no more than a day old; without one, all
        is read. Products come by `updated_at`, and those whose prices a look-up tells otherwise; everything else
        in full. Deleted products are found by counting id ranges. Any other edit that leaves `updated_at` alone
        (a category assigned by the category's endpoint, say) is seen by the next full read.
        Products that `touched` names are read again in any case; then the others' prices are not looked up.
        """
        started = datetime.now(UTC)
        area = StagingArea(staging, source=f"{self.name} {self._address}", usable_for=_CHANGES_FOR)
        since = None
        if area.watermark is not None:
            since = area.watermark - _OVERLAP
        return self._staged(area, since, touched, progress, should_stop, read_at=started if since else None)

    def _staged(
        self,
        area: StagingArea,
        since: datetime | None,
        touched: Touched | None,
        progress: Progress,
        should_stop: Callable[[], bool],
        *,
        read_at: datetime | None = None,
    ) -> StagedCatalog:
        self._client.begin()
        try:
            with _stopping(self._client, should_stop):
                scopes, offered = self._read(area, since, touched, progress, should_stop)
        finally:
            area.close()
            self._client.close()
        return StagedCatalog(
            root=area.root,
            source=f"{self.name} {self._address}",
            parts=tuple(_parts(area, scopes)),
            offered=offered,
            requests=self._client.requests,
            read_at=read_at or area.read_at,
            is_partial=since is not None,
        )

    def _read(
        self,
        area: StagingArea,
        since: datetime | None,
        touched: Touched | None,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> tuple[list[str], dict[str, bool]]:
        """Stages everything; returns the scopes it lies under, and what the store offers."""
        small = SmallEntities(self._client, area, progress, should_stop)
        stores = {entity: small.store_list(entity, path) for entity, path in STORE_LISTS.items()}
        if area.began is None or since is not None:
            area.begin(self._client.store_time or area.read_at)
        views = view_codes(stores["store_views"])
        websites = [code_of(website) for website in stores["websites"] if website["id"] != 0]
        small.list_of(lists.CUSTOMER_GROUPS)
        small.list_of(lists.ATTRIBUTE_SETS)
        for scope in (ADMIN_SCOPE, *views):
            small.list_of(lists.ATTRIBUTES, scope=scope)
        for view in views:
            small.list_of(lists.CATEGORIES, scope=view)
        small.list_of(lists.SOURCE_ITEMS)
        small.list_of(lists.STOCKS)
        for website in websites:
            small.stock_index(website)
        small.category_permissions()
        options: dict[str, Any] = {
            "connections": self._connections,
            "progress": progress,
            "should_stop": should_stop,
        }
        prices = PricesReader(self._client, area, **options)
        looked_up: dict[str, list[StagedPage]] = {}
        stale: list[int] = []
        if since is not None and self._prices_are_due(area, touched):
            looked_up, stale = self._look_up_prices(area, prices, views)
        named = touched or Touched()
        with closing(ProductsReader(self._client, area, page_size=self._page_size, **options)) as products:
            if since is not None:
                products.extend_bound(next(iter(views)))
            for view in views:
                products.read(view, since=since, stale=[*stale, *named.ids], skus=named.skus)
        small.offered["products"] = True
        self._keep_prices(area, prices, looked_up, next(iter(views)), small.offered)
        _forget_what_is_gone(area, list(views), websites, small.offered)
        area.complete()
        return [*views, ADMIN_SCOPE, *websites, ""], dict(small.offered)

    def _prices_are_due(self, area: StagingArea, touched: Touched | None) -> bool:
        """Whether all prices are looked up now. What was touched is read again itself: one request per 20 products
        for the others would make it late."""
        if touched is not None:
            return touched.prices
        return datetime.now(UTC) - (area.priced_at or area.read_at) >= self._prices_every

    def _look_up_prices(
        self, area: StagingArea, prices: PricesReader, views: dict[str, int]
    ) -> tuple[dict[str, list[StagedPage]], list[int]]:
        """The rows of the look-ups, and the products whose records they show to be stale."""
        known = {view: id_ for view, id_ in views.items() if area.pages("products", view)}
        if not known:
            return {}, []
        skus = staged_skus(area, next(iter(known)))
        found = {look_up.entity: prices.read(look_up, skus) for look_up in (BASE_PRICES, SPECIAL_PRICES)}
        offered = {entity: pages for entity, pages in found.items() if pages is not None}
        if len(offered) < len(found):
            return {}, []  # the store refuses them: such edits wait for the next full read
        return offered, stale_products(area, known, offered, is_first=area.priced_at is None)

    def _keep_prices(
        self,
        area: StagingArea,
        prices: PricesReader,
        looked_up: dict[str, list[StagedPage]],
        view: str,
        offered: dict[str, bool],
    ) -> None:
        """Tier prices of all products as staged now; and the other look-ups, whose products have been read again."""
        tiers = prices.read(TIER_PRICES, staged_skus(area, view))
        if tiers is not None:
            prices.keep(TIER_PRICES, tiers)
            offered[TIER_PRICES.entity] = True
        for look_up in (BASE_PRICES, SPECIAL_PRICES):
            if look_up.entity in looked_up:
                prices.keep(look_up, looked_up[look_up.entity])
                area.set_priced(datetime.now(UTC))
            offered[look_up.entity] = area.priced_at is not None


def _forget_what_is_gone(area: StagingArea, views: list[str], websites: list[str], offered: dict[str, bool]) -> None:
    """Pages of an earlier read under scopes that are gone, or of what the store no longer offers."""
    for entity, scopes in (("products", views), ("categories", views), ("stock_index", websites)):
        area.keep_only(entity, scopes)
    area.keep_only("attributes", [ADMIN_SCOPE, *views])
    for entity, is_offered in offered.items():
        if not is_offered:
            area.keep_only(entity, ())


def _stopping(client: CommerceClient, should_stop: Callable[[], bool]) -> AbstractContextManager[None]:
    """Asks `should_stop` while the read waits for the store, so that a stop needs no answer first."""

    def watch(over: threading.Event) -> None:
        while not over.wait(_STOP_POLL_SECONDS):
            if should_stop():
                client.stop()
                return

    return watched(watch, name="read-stop")


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
                    digests=tuple(page.sha256 for page in pages),
                )
