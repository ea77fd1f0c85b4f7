"""A small store that behaves as the numbered facts say, version by version; every quirk is a switch."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = Any
_FILTER = re.compile(r"searchCriteria\[filterGroups\]\[(\d+)\]\[filters\]\[0\]\[(\w+)\]")


@dataclass(frozen=True)
class Request:
    """What arrived: `scope` is the store code of the path or the Store header, `path` begins with /V1."""

    scope: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    body: Json = None

    @property
    def page_size(self) -> int | None:
        return int(self.query["searchCriteria[pageSize]"]) if "searchCriteria[pageSize]" in self.query else None

    @property
    def is_product_page(self) -> bool:
        return self.path == "/V1/products" and "fields" not in self.query

    def id_range(self) -> tuple[int, int]:
        """(after, through] of the entity_id filters."""
        found: dict[str, dict[str, str]] = {}
        for name, value in self.query.items():
            if named := _FILTER.fullmatch(name):
                found.setdefault(named[1], {})[named[2]] = value
        ids = [group for group in found.values() if group["field"] == "entity_id" and group["conditionType"] != "in"]
        bounds = {group["conditionType"]: int(group["value"]) for group in ids}
        return bounds.get("gt", 0), bounds.get("lteq", 10**9)

    @property
    def changed_since(self) -> str:
        """The value of the `updated_at gteq` filter."""
        return self._third_filter("updated_at")

    @property
    def named_ids(self) -> list[int]:
        """The value of the `entity_id in` filter."""
        return [int(id_) for id_ in self._third_filter("entity_id").split(",") if id_]

    @property
    def named_skus(self) -> list[str]:
        """The values of the `sku eq` filters, any of which lets a product through."""
        values = {name: value for name, value in self.query.items() if "[filterGroups][2]" in name}
        if self.query.get("searchCriteria[filterGroups][2][filters][0][field]") != "sku":
            return []
        return [value.lower() for name, value in values.items() if name.endswith("[value]")]

    def _third_filter(self, field: str) -> str:
        start = "searchCriteria[filterGroups][2][filters][0]"
        return self.query.get(f"{start}[value]", "") if self.query.get(f"{start}[field]") == field else ""


@dataclass(frozen=True)
class Reply:
    """What is answered; `raw` bytes replace everything, then the connection ends."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    @classmethod
    def of(cls, value: Json, status: int = 200, **headers: str) -> Reply:
        return cls(status=status, body=json.dumps(value).encode(), headers=headers)


Hook = Callable[[Request], Reply | None]


def product(id_: int, **values: Json) -> dict[str, Json]:
    return {
        "id": id_,
        "sku": f"P{id_}",
        "name": f"Product {id_}",
        "price": 1.5,
        "status": 1,
        "type_id": "simple",
    } | values


@dataclass
class FakeStore:
    """`products` by scope falls back to those of ''; `hook` may answer first, once for each request."""

    products: dict[str, list[dict[str, Json]]] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Json]]] = field(default_factory=dict)
    views: list[dict[str, Json]] = field(default_factory=list)
    token: str = "canary-token"
    hook: Hook = lambda request: None
    max_page_size: int | None = None  # input limits on (fact 20)
    silent_page_size: int | None = None  # an edge that cuts pages without a word
    clamps_pages: bool = False  # fact 22, older versions
    is_unsorted_stable: bool = True  # False: no order without sortOrders (fact 24)
    has_stock_index: bool = True
    tiers: list[dict[str, Json]] = field(default_factory=list)  # rows of the tier price look-up
    max_skus: int | None = None  # of a look-up
    log: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.products.setdefault("", [product(n) for n in range(1, 26)])
        self.views = self.views or [
            {"id": 0, "code": "admin", "website_id": 0, "is_active": 1},
            {"id": 1, "code": "default", "website_id": 1, "is_active": 1},
        ]
        defaults = {
            "/V1/products/attribute-sets/sets/list": [{"attribute_set_id": 4, "attribute_set_name": "Default"}],
            "/V1/products/attributes": [{"attribute_id": n, "attribute_code": f"a{n}"} for n in range(1, 6)],
            "/V1/categories/list": [{"id": n, "name": f"C{n}"} for n in range(1, 4)],
            "/V1/customerGroups/search": [{"id": n, "code": f"G{n}"} for n in range(4)],
            "/V1/inventory/stocks": [{"stock_id": 1, "name": "Default Stock"}],
            "/V1/inventory/source-items": [
                {"sku": f"P{n}", "source_code": "default", "quantity": n} for n in range(1, 26)
            ],
        }
        self.lists = defaults | self.lists
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self.log.append(request)
            special = self.hook(request)
        if special is not None:
            return special
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return refused("Magento_Catalog::products")
        if self.max_page_size and (request.page_size or 0) > self.max_page_size:
            message = {"message": "Maximum SearchCriteria pageSize is %max", "parameters": {"max": self.max_page_size}}
            return Reply.of(message, 400)
        return self.found(request)

    def found(self, request: Request) -> Reply:
        known = {"", "all", *(view["code"] for view in self.views)}
        if request.scope not in known:
            return Reply.of({"message": "Specified request cannot be processed."}, 400)
        if request.path == "/V1/products":
            return self._product_list(request)
        if request.method == "POST":
            return self._look_up(request)
        if request.path in self.lists:
            return self._list(request, self.lists[request.path])
        scopes = {
            "/V1/store/websites": [{"id": 0, "code": "admin"}, {"id": 1, "code": "base"}],
            "/V1/store/storeGroups": [{"id": 0, "code": "default"}, {"id": 1, "code": "main"}],
            "/V1/store/storeViews": self.views,
            "/V1/store/storeConfigs": [{"id": 1, "code": "default"}],
        }
        if request.path in scopes:
            return Reply.of(scopes[request.path])
        if request.path.startswith("/V1/inventory/dump-stock-index-data/website/") and self.has_stock_index:
            return Reply.of([{"sku": "P1", "qty": 1, "is_salable": True}])
        return Reply.of({"message": "Request does not match any route."}, 404)

    def _product_list(self, request: Request) -> Reply:
        after, through = request.id_range()
        items = self.products.get(request.scope, self.products[""])
        matching = [item for item in items if after < item["id"] <= through]
        matching = [item for item in matching if item.get("updated_at", "") >= request.changed_since]
        if request.named_ids:
            matching = [item for item in matching if item["id"] in request.named_ids]
        if request.named_skus:
            matching = [item for item in matching if item["sku"].lower() in request.named_skus]
        direction = request.query.get("searchCriteria[sortOrders][0][direction]", "DESC")
        matching.sort(key=lambda item: item["id"], reverse=direction == "DESC")
        size = min(request.page_size or len(matching), self.silent_page_size or 10**9)
        reply: dict[str, Json] = {"items": matching[:size], "total_count": len(matching)}
        fields = request.query.get("fields", "")
        if fields == "total_count":
            reply = {"total_count": len(matching)}
        elif fields:
            named = [name for name in ("id", "sku") if name in fields]
            reply["items"] = [{name: item[name] for name in named} for item in matching[:size]] or None
        return Reply.of(reply)

    def _look_up(self, request: Request) -> Reply:
        asked = {sku.lower(): sku for sku in request.body["skus"]}
        if self.max_skus is not None and len(asked) > self.max_skus:
            message = 'Maximum items of type "%type" is %max'
            return Reply.of({"message": message, "parameters": {"type": "string", "max": self.max_skus}}, 400)
        if request.path == "/V1/products/tier-prices-information":
            return Reply.of([row | {"sku": asked[k]} for row in self.tiers if (k := row["sku"].lower()) in asked])
        rows = []
        ids = {view["code"]: view["id"] for view in self.views}
        for scope, items in self.products.items():
            for item in items:
                if (key := item["sku"].lower()) not in asked or item.get("type_id") in ("configurable", "grouped"):
                    continue
                row = {"sku": asked[key], "store_id": ids.get(scope, 0)}
                if request.path == "/V1/products/base-prices-information" and "price" in item:
                    rows.append(row | {"price": item["price"]})
                values = {one["attribute_code"]: one["value"] for one in item.get("custom_attributes", ())}
                if request.path == "/V1/products/special-price-information" and "special_price" in values:
                    days = {"price_from": values.get("special_from_date"), "price_to": values.get("special_to_date")}
                    rows.append(row | {"price": float(values["special_price"])} | days)
        return Reply.of(rows)

    def _list(self, request: Request, items: list[dict[str, Json]]) -> Reply:
        size = request.page_size
        if size is None:
            return Reply.of({"items": items, "total_count": len(items)})
        number = max(1, int(request.query.get("searchCriteria[currentPage]", "1")))
        if self.clamps_pages:
            number = min(number, -(-len(items) // size) or 1)
        if not self.is_unsorted_stable and "searchCriteria[sortOrders][0][field]" not in request.query:
            number = 1  # every page begins anew
        start = (number - 1) * size
        return Reply.of({"items": items[start : start + size], "total_count": len(items)})

    @contextmanager
    def running(self) -> Iterator[str]:
        """The store listening; yields its address up to /rest."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/rest"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def sent_sizes(self) -> list[int | None]:
        return [request.page_size for request in self.log if request.is_product_page]


def refused(resource: str) -> Reply:
    message = "The consumer isn't authorized to access %resources."
    return Reply.of({"message": message, "parameters": {"resources": resource}}, 401)


def _handler(store: FakeStore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        wbufsize = 2**16  # headers and body in one packet

        def do_POST(self) -> None:
            self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            self._answer("GET", None)

        def _answer(self, method: str, sent: Json) -> None:
            reply = store.answer(replace(self._request(), method=method, body=sent))
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                self.close_connection = True
                return
            body = reply.body
            self.send_response_only(reply.status)
            if "Date" not in reply.headers:
                self.send_header("Date", self.date_time_string())
            if "gzip" in self.headers.get("Accept-Encoding", "") and "Content-Encoding" not in reply.headers:
                body = gzip.compress(body, 1)
                self.send_header("Content-Encoding", "gzip")
            for name, value in reply.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _request(self) -> Request:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/rest")
            headers = {name.lower(): value for name, value in self.headers.items()}
            scope = headers.get("store", "")
            if not path.startswith("/V1"):
                scope, _, rest = path.removeprefix("/").partition("/")
                path = f"/{rest}"
            return Request(scope=scope, path=path, query=dict(parse_qsl(parts.query, True)), headers=headers)

        def log_message(self, format: str, *args: object) -> None:
            return None

    return Handler
