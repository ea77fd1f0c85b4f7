"""The reader against a replay of a real Magento 2.4.7: what it reads is what was recorded, record by record."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.fake_store import FakeStore, Reply, Request
from catalog.reading import read
from syncengine.errors import CatalogError

pytestmark = pytest.mark.shared


def _body(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def _lines(file: Path) -> list[bytes]:
    return [line for line in _body(file).splitlines() if line.strip()]


class Replay(FakeStore):
    """Recorded bytes for recorded requests; product pages are put together from the recorded items' text."""

    def __init__(self, recordings: Path, state: str, product_files: dict[str, str]) -> None:
        super().__init__()
        self._recorded = self._recorded_lists(recordings, state)
        tiers = {"pristine": "tier-prices-information-all2046.json", "after": "tier-prices-information.json"}
        self._tiers = _body(recordings / state / tiers[state])
        self._items = {scope: _items(recordings / state / file) for scope, file in product_files.items()}

    @staticmethod
    def _recorded_lists(recordings: Path, state: str) -> dict[str, bytes]:
        """Bodies of the unpaged lists by path with scope; what only the untouched shop has comes from there."""
        bodies: dict[str, dict[bool, bytes]] = {}
        for line in (recordings / "index.jsonl").read_text().splitlines():
            entry = json.loads(line)
            file = entry.get("file") or ""
            if not file.startswith(("pristine/", f"{state}/")) or entry.get("status") != 200:
                continue
            path, _, query = entry["path"].partition("?")
            if query in ("", "searchCriteria=") and entry.get("method") == "GET":
                bodies.setdefault(path, {})[file.startswith(state)] = _body(recordings / file)
        return {path: found.get(True, found.get(False, b"")) for path, found in bodies.items()}

    def found(self, request: Request) -> Reply:
        scope = f"/{request.scope}" if request.scope else ""
        if request.path == "/V1/products":
            return self._product_page(request)
        if request.path == "/V1/products/tier-prices-information":
            return Reply(body=self._tiers)
        for path in (f"/rest{scope}{request.path}", f"/rest{request.path}"):
            if path in self._recorded:
                return self._page_of(request, self._recorded[path])
        return Reply(404, b'{"message":"Request does not match any route."}')

    @staticmethod
    def _page_of(request: Request, body: bytes) -> Reply:
        """A recorded list is answered as it is when the page holds all of it."""
        parsed = json.loads(body)
        if request.page_size and request.page_size < parsed["total_count"]:
            start = (int(request.query["searchCriteria[currentPage]"]) - 1) * request.page_size
            parsed["items"] = parsed["items"][start : start + request.page_size]
            return Reply.of(parsed)
        return Reply(body=body)

    def _product_page(self, request: Request) -> Reply:
        after, through = request.id_range()
        matching = [(id_, text) for id_, text in self._items[request.scope] if after < id_ <= through]
        if request.changed_since:
            return Reply.of({"items": None, "total_count": 0})
        if request.query.get("fields") == "total_count":
            return Reply.of({"total_count": len(matching)})
        if "fields" in request.query:
            return Reply.of({"items": [{"id": matching[-1][0]}], "total_count": len(matching)})
        texts = [text for _, text in matching[: request.page_size]]
        tail = b'],"search_criteria":{"filter_groups":[]},"total_count":%d}' % len(matching)
        return Reply(body=b'{"items":[' + b",".join(texts) + tail)


@cache
def _items(file: Path) -> list[tuple[int, bytes]]:
    return sorted((json.loads(line)["id"], line) for line in _lines(file))


def _records(con: duckdb.DuckDBPyConnection, entity: str, scope: str) -> Iterator[Any]:
    query = f"SELECT record FROM records.{entity} WHERE scope = ?"
    for (record,) in con.execute(query, [scope]).fetchall():
        yield json.loads(record)


def _same(read_records: Iterator[Any], recorded: list[Any]) -> bool:
    def sort_key(record: Any) -> str:
        return json.dumps(record, sort_keys=True)

    return sorted(map(sort_key, read_records)) == sorted(map(sort_key, recorded))


def test_the_untouched_shop_reads_as_recorded(shared, open_store, records, tmp_path) -> None:
    place = shared / "recordings"
    store = Replay(place, "pristine", {"default": "products-list.jsonl.gz"})

    con = records(read(open_store(store, page_size=300), tmp_path))

    products = [json.loads(line) for line in _lines(place / "pristine/products-list.jsonl.gz")]
    assert len(products) == 2046
    assert _same(_records(con, "products", "default"), products)
    lists = {
        "websites": ("", "store-websites.json"),
        "store_groups": ("", "store-storeGroups.json"),
        "store_views": ("", "store-storeViews.json"),
        "store_configs": ("", "store-storeConfigs.json"),
        "customer_groups": ("", "customerGroups-search.json"),
        "attribute_sets": ("", "attribute-sets-list.json"),
        "attributes": ("default", "products-attributes.json.gz"),
        "categories": ("default", "categories-list.json"),
        "source_items": ("", "source-items.json.gz"),
        "stock_index": ("base", "dump-stock-index-data.json.gz"),
    }
    for entity, (scope, file) in lists.items():
        recorded = json.loads(_body(place / "pristine" / file))
        recorded = recorded["items"] if isinstance(recorded, dict) else recorded
        assert recorded and _same(_records(con, entity, scope), recorded), entity


def test_the_changed_shop_reads_as_recorded_view_by_view(shared, open_store, records, tmp_path) -> None:
    place = shared / "recordings"
    files = {"default": "products-list-default.jsonl.gz", "fr": "products-list-fr.jsonl.gz"}
    store = Replay(place, "after", files | {"default_es": files["default"]})

    con = records(read(open_store(store, page_size=300), tmp_path))

    for view, file in files.items():
        recorded = [json.loads(line) for line in _lines(place / "after" / file)]
        assert _same(_records(con, "products", view), recorded), view
        categories = json.loads(_body(place / "after" / f"categories-list-{view}.json.gz"))["items"]
        assert _same(_records(con, "categories", view), categories), view
    assert len(list(_records(con, "products", "default_es"))) == len(recorded), "an inactive view is a scope, too"
    assert {website["code"] for website in _records(con, "websites", "")} == {"admin", "base", "france"}
    for website in ("base", "france"):
        (file,) = (place / "after").glob(f"dump-stock-index-data-{website}.json*")
        assert _same(_records(con, "stock_index", website), json.loads(_body(file)))


def test_recorded_price_look_ups_agree_with_the_recorded_products_of_every_view(shared, open_store, tmp_path) -> None:
    place = shared / "recordings/after"
    files = {"default": "products-list-default.jsonl.gz", "fr": "products-list-fr.jsonl.gz"}
    store = Replay(shared / "recordings", "after", files | {"default_es": files["default"]})
    look_ups = {
        f"/V1/products/{kind}-information": json.loads(_body(place / f"{kind}-information.json"))
        for kind in ("base-prices", "special-price")
    }
    asked = {row["sku"].lower() for row in look_ups["/V1/products/base-prices-information"]}
    assert len(asked) > 20
    for scope, items in store._items.items():  # the look-ups were recorded for some of the products only
        store._items[scope] = [(id_, text) for id_, text in items if json.loads(text)["sku"].lower() in asked]

    def answers(request: Request) -> Reply | None:
        if request.path not in look_ups:
            return None
        wanted = {sku.lower() for sku in request.body["skus"]}
        return Reply.of([row for row in look_ups[request.path] if row["sku"].lower() in wanted])

    store.hook = answers
    open_store(store, page_size=300).read(tmp_path)
    store.log.clear()
    open_store(store, page_size=300).read_changes(tmp_path)

    assert {request.path for request in store.log} >= look_ups.keys()
    assert not [request for request in store.log if request.named_ids]


@pytest.mark.parametrize(
    ("file", "status", "said"),
    [
        ("errors/no-permission-products.json", 401, "isn't authorized to access Magento_Catalog::products"),
        ("errors/unknown-store-code.json", 400, "Specified request cannot be processed."),
        ("errors/unknown-route.json", 404, "Request does not match any route."),
        ("errors/unknown-attribute-filter.json", 400, 'The "no_such_attr" attribute name is invalid.'),
        ("errors/accept-html.html", 500, "There has been an error processing your request"),
    ],
)
def test_recorded_errors_are_told_in_the_stores_words(shared, open_store, tmp_path, file, status, said) -> None:
    body = (shared / "recordings" / file).read_bytes()
    store = FakeStore(hook=lambda request: Reply(status, body))

    with pytest.raises(CatalogError) as caught:
        read(open_store(store), tmp_path)

    assert said in str(caught.value)


def test_the_recorded_page_limit_is_obeyed(shared, open_store, tmp_path) -> None:
    body = (shared / "recordings/limits/on-pagesize-301.json").read_bytes()
    store = FakeStore()
    store.hook = lambda request: Reply(400, body) if (request.page_size or 0) > 300 else None

    read(open_store(store, page_size=1000), tmp_path)

    assert set(store.sent_sizes()) == {1000, 300}
