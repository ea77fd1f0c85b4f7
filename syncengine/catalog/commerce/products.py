"""All products of one store view: keyset pages over parallel id ranges, then counted against the store.

    ids   0        after      through                        bound
          |----------|###########|-----------------------------|
                       one page: every product the store had in (after, through] when it answered

Pages tile (0, bound]. `bound` is the highest id when the read began: what is created later belongs to the
next read. What was deleted meanwhile shows as a difference of counts; the pages where it lies are found by
counting id ranges, and read once more.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import orjson

from syncengine.catalog.commerce.client import CommerceClient, UnreadableRecordsError
from syncengine.catalog.commerce.page_size import PageSize
from syncengine.catalog.commerce.product_page import JsonCheck, ProductPage, parsed_page, read_page
from syncengine.catalog.commerce.staging import StagedPage, StagingArea
from syncengine.catalog.staged import ReadProgress, ReadStoppedError
from syncengine.errors import IncompleteReadError, SourceAnswerError

PATH = "/V1/products"
_RANGES_PER_CONNECTION = 4
_PAGES_PER_RANGE = 2
_UNWRITTEN_PAGES_PER_CONNECTION = 2
_IDS_A_REQUEST = 100
_SKUS_A_REQUEST = 20  # of up to 64 characters each, in an address that proxies let through
_Filters = list[tuple[str, str]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """Product ids beyond `after` up to `through`, still to be read; `with_care`: one page of them was no JSON."""

    after: int
    through: int
    with_care: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """A page that came, not yet on disk, and what is left of its range."""

    body: bytes
    records: int
    covers: _Range
    rest: _Range | None


class ProductsReader:
    """Reads the products of store views into a staging area."""

    def __init__(
        self,
        client: CommerceClient,
        staging: StagingArea,
        *,
        page_size: int,
        connections: int,
        progress: Callable[[ReadProgress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._client = client
        self._staging = staging
        self._sizes = PageSize(page_size)
        self._page_size = page_size
        self._connections = connections
        self._progress = progress
        self._should_stop = should_stop
        self._json = JsonCheck()

    def close(self) -> None:
        """Give back what reading took."""
        self._json.close()

    def read(
        self, store: str, *, since: datetime | None = None, stale: Sequence[int] = (), skus: Sequence[str] = ()
    ) -> list[StagedPage]:
        """The pages of store view `store`, their records equal to what the store counts.

        With `since`, pages staged before are kept, but for the products the store changed since then, and those
        of the `stale` ids and of the `skus`.
        Raises: IncompleteReadError when they differ even after what changed was read again.
        """
        bound = self._bound(store)
        if since is not None:
            changed = _filter(2, "updated_at", "gteq", since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
            self._patch(store, changed, bound)
            for at in range(0, len(skus), _SKUS_A_REQUEST):
                self._patch(store, _any_of(2, "sku", skus[at : at + _SKUS_A_REQUEST]), bound)
            self._read_again(store, stale)
        total = self._count(store, 0, bound)
        self._fill(store, bound, total)
        for is_last in (False, True):
            counted = self._count(store, 0, bound)
            if self._staged_count(store) == counted:
                return self._staging.pages("products", store)
            if not is_last:
                self._drop_changed(store, bound)
                self._fill(store, bound, counted)
        raise IncompleteReadError(
            f"GET {PATH} (store view {store}) gave {self._staged_count(store)} products, the store counts {counted}.",
            hint="The catalog kept changing while it was read, or products without a status or visibility "
            "are counted but not listed. The next run reads it again.",
        )

    def _bound(self, store: str) -> int:
        if self._staging.bound is None:
            self._staging.set_bound(self._highest_id(store))
        return self._staging.bound or 0

    def extend_bound(self, store: str) -> None:
        """Look at products created since the staged read, too."""
        self._staging.set_bound(max(self._staging.bound or 0, self._highest_id(store)))

    def _patch(self, store: str, filters: _Filters, bound: int) -> None:
        """Put the products that `filters` let through in the place of the staged ones; new ids are left to `_fill`."""
        part = _Range(after=0, through=bound)
        while True:
            try:
                body, page = self._page(store, part, self._sizes, filters=filters)
            except UnreadableRecordsError:  # rare: the full way knows how to get round such a record
                self._staging.drop_all("products", store)
                return
            self._put_in_place(store, body)
            if page.total == len(page.ids):
                return
            part = _Range(after=page.ids[-1], through=bound)

    def _read_again(self, store: str, ids: Sequence[int]) -> None:
        """Put these products, as the store has them now, in the place of the staged ones."""
        waiting = deque(sorted(ids))
        while waiting:
            asked = [waiting.popleft() for _ in range(min(_IDS_A_REQUEST, len(waiting)))]
            part = _Range(after=asked[0] - 1, through=asked[-1])
            named = _filter(2, "entity_id", "in", ",".join(map(str, asked)))
            try:
                body, page = self._page(store, part, self._sizes, filters=named)
            except UnreadableRecordsError:
                self._staging.drop_all("products", store)
                return
            self._put_in_place(store, body)
            if page.total > len(page.ids):  # a store that gives less at a time
                waiting.extendleft(id_ for id_ in reversed(asked) if id_ > page.ids[-1])

    def _put_in_place(self, store: str, body: bytes) -> None:
        changed = {item["id"]: item for item in orjson.loads(body)["items"] or ()}
        for page in self._staging.pages("products", store):
            items = {id_: item for id_, item in changed.items() if page.after < id_ <= page.through}
            if items:
                self._replace(page, items)

    def _replace(self, page: StagedPage, changed: dict[int, Any]) -> None:
        items = {item["id"]: item for item in orjson.loads(page.file.read_bytes())["items"] or ()} | changed
        body = orjson.dumps({"items": [items[id_] for id_ in sorted(items)], "total_count": len(items)})
        written = self._staging.write_page(
            "products", page.scope, body, records=len(items), after=page.after, through=page.through
        )
        self._staging.record(written, replaces=page)

    def _highest_id(self, store: str) -> int:
        query = [
            ("searchCriteria[sortOrders][0][field]", "entity_id"),
            ("searchCriteria[sortOrders][0][direction]", "DESC"),
            ("searchCriteria[pageSize]", "1"),
            ("fields", "items[id],total_count"),
        ]
        taken = self._client.page(PATH, params=lambda size: query, sizes=PageSize(1), take=parsed_page, store=store)
        if taken is None:
            return 0
        if taken[1].total and not taken[1].ids:
            raise IncompleteReadError(
                f"{PATH} counts {taken[1].total:,} products and lists none of them.",
                hint="A product without status or visibility is counted but not listed; save such products once.",
            )
        return max(taken[1].ids, default=0)

    def _count(self, store: str, after: int, through: int) -> int:
        return self._client.count(PATH, _id_filters(after, through), store=store)

    def _staged_count(self, store: str) -> int:
        return sum(page.records for page in self._staging.pages("products", store))

    def _fill(self, store: str, bound: int, total: int) -> None:
        """Read every id range that no page covers yet: pages are written while the next ones are on the way."""
        waiting = deque(self._ranges(store, bound, total))
        records = self._staged_count(store)
        fetching: set[Future[_Fetched]] = set()
        writing: set[Future[StagedPage | _Range]] = set()
        self._progress(ReadProgress(entity="products", scope=store, records=records, total=total))
        with (
            ThreadPoolExecutor(self._connections, thread_name_prefix="read") as readers,
            ThreadPoolExecutor(1, thread_name_prefix="stage") as writer,
        ):
            try:
                while waiting or fetching or writing:
                    if self._should_stop():
                        raise ReadStoppedError("The read was stopped on request.", hint="Run it again to go on.")
                    has_room = len(writing) < self._connections * _UNWRITTEN_PAGES_PER_CONNECTION
                    while waiting and len(fetching) < self._connections and has_room:
                        fetching.add(readers.submit(self._fetch_page, store, waiting.popleft()))
                    running: list[Future[Any]] = [*fetching, *writing]
                    wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                    for fetch in [future for future in fetching if future.done()]:
                        fetching.remove(fetch)
                        fetched = fetch.result()
                        if fetched.rest is not None:
                            waiting.appendleft(fetched.rest)
                        writing.add(writer.submit(self._stage, store, fetched))
                    for write in [future for future in writing if future.done()]:
                        writing.remove(write)
                        written = write.result()
                        if isinstance(written, _Range):
                            waiting.appendleft(written)
                            continue
                        records += written.records
                        self._progress(ReadProgress(entity="products", scope=store, records=records, total=total))
            finally:
                readers.shutdown(wait=True, cancel_futures=True)

    def _ranges(self, store: str, bound: int, total: int) -> list[_Range]:
        """What the staged pages leave uncovered, cut into enough ranges to keep all connections busy."""
        gaps: list[_Range] = []
        at = 0
        for page in self._staging.pages("products", store):
            if page.after > at:
                gaps.append(_Range(after=at, through=page.after))
            at = max(at, page.through)
        if at < bound:
            gaps.append(_Range(after=at, through=bound))
        ids = sum(gap.through - gap.after for gap in gaps)
        expected = total * ids // max(bound, 1)
        most = self._connections * _RANGES_PER_CONNECTION if self._connections > 1 else 1
        wanted = max(1, min(most, expected // (self._page_size * _PAGES_PER_RANGE)))
        width = ids // wanted + 1
        return [
            _Range(after=after, through=min(after + width, gap.through))
            for gap in gaps
            for after in range(gap.after, gap.through, width)
        ]

    def _fetch_page(self, store: str, part: _Range) -> _Fetched:
        """The next page of `part`, and what is left of it."""
        try:
            body, page = self._page(store, part, self._sizes)
        except UnreadableRecordsError:
            body, page = self._page_around(store, part)
        is_end = page.total == len(page.ids)
        through = part.through if is_end else page.ids[-1]
        rest = None if is_end else replace(part, after=through)
        return _Fetched(body=body, records=len(page.ids), covers=replace(part, through=through), rest=rest)

    def _stage(self, store: str, fetched: _Fetched) -> StagedPage | _Range:
        """The page on disk; or its range, to be read again with care, when it is no JSON after all."""
        covers = fetched.covers
        if not covers.with_care and not self._json.passes(fetched.body):
            return replace(covers, with_care=True)
        page = self._staging.write_page(
            "products", store, fetched.body, records=fetched.records, after=covers.after, through=covers.through
        )
        self._staging.record(page)
        return page

    def _page(
        self, store: str, part: _Range, sizes: PageSize, *, fields: str = "", filters: Sequence[tuple[str, str]] = ()
    ) -> tuple[bytes, ProductPage]:
        """The first products of `part` that `filters` let through."""
        asked = [0]

        def params(size: int) -> _Filters:
            asked[0] = size
            return [
                *_id_filters(part.after, part.through),
                *filters,
                ("searchCriteria[sortOrders][0][field]", "entity_id"),
                ("searchCriteria[sortOrders][0][direction]", "ASC"),
                ("searchCriteria[pageSize]", str(size)),
                ("searchCriteria[currentPage]", "1"),
                *([("fields", fields)] if fields else []),
            ]

        def take(what: str, body: bytes) -> ProductPage:
            with_care = part.with_care or bool(filters) or bool(fields)
            page = parsed_page(what, body) if with_care else read_page(what, body, after=part.after, asked=asked[0])
            _check_page(what, page, part)
            return page

        taken = self._client.page(PATH, params=params, sizes=sizes, take=take, store=store)
        if taken is None:
            raise SourceAnswerError(f"GET {PATH} is not offered.")
        return taken[0], taken[1]

    def _page_around(self, store: str, part: _Range) -> tuple[bytes, ProductPage]:
        """The products before the one that is no valid JSON; when it is the next, its id and SKU stand for it.

        Such a stand-in lacks what every product has, so it is set aside, and the others go on.
        """
        size = self._sizes.current
        while size > 1:
            size //= 2
            try:
                return self._page(store, part, PageSize(size))
            except UnreadableRecordsError:
                continue
        body, page = self._page(store, part, PageSize(1), fields="items[id,sku],total_count")
        _log.warning("product %s of store view %s is no valid JSON", page.ids, store)
        return body, page

    def _drop_changed(self, store: str, bound: int) -> None:
        """Forget the pages whose id range the store now counts differently, found by bisection."""
        pending = [self._staging.pages("products", store)]
        while pending:
            pages = pending.pop()
            if not pages:
                continue
            counted = self._count(store, pages[0].after, pages[-1].through)
            if counted == sum(page.records for page in pages):
                continue
            if len(pages) == 1:
                self._staging.drop(pages[0])
                continue
            middle = len(pages) // 2
            pending += [pages[:middle], pages[middle:]]


def _id_filters(after: int, through: int) -> _Filters:
    return [*_filter(0, "entity_id", "gt", str(after)), *_filter(1, "entity_id", "lteq", str(through))]


def _filter(group: int, field: str, condition: str, value: str) -> _Filters:
    start = f"searchCriteria[filterGroups][{group}][filters][0]"
    return [(f"{start}[field]", field), (f"{start}[conditionType]", condition), (f"{start}[value]", value)]


def _any_of(group: int, field: str, values: Sequence[str]) -> _Filters:
    """One of these values: each as a filter of its own, for a SKU may hold the comma that `in` splits at."""
    start = f"searchCriteria[filterGroups][{group}][filters]"
    return [
        pair
        for number, value in enumerate(values)
        for pair in (
            (f"{start}[{number}][field]", field),
            (f"{start}[{number}][conditionType]", "eq"),
            (f"{start}[{number}][value]", value),
        )
    ]


def _check_page(what: str, page: ProductPage, part: _Range) -> None:
    """A page continues where the last one ended, in order, inside its range, not short without reason."""
    ids = page.ids
    is_rising = all(before < after for before, after in pairwise([part.after, *ids]))
    if not is_rising or (ids and ids[-1] > part.through):
        raise SourceAnswerError(
            f"{what} for ids beyond {part.after} up to {part.through} was answered with ids out of order "
            "or out of range.",
            hint="A cache or an extension of the store may ignore filters or sorting of this request.",
        )
    if page.total < len(ids) or (page.total > 0 and not ids):
        raise SourceAnswerError(
            f"{what} for ids beyond {part.after} up to {part.through} was answered with {len(ids)} items "
            f"of a total of {page.total}.",
            hint="Products without a status or visibility may be counted but not listed.",
        )
