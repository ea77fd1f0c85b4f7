"""The Luma records, asked what was asked of a real Magento 2.4.7: the same status and the same body."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from . import differences
from .asking import Api, body_of

pytestmark = pytest.mark.shared

# Why a recorded request is not asked here.
NOT_READ = (
    "media",  # carries every image file
    "bundle-products",
    "downloadable-links",
    "products-render-info",
    "options/all",
    "group-prices",
    "stockStatuses",
    "salable",
    "lowStock",
    "links/types",
    "options/types",
    "products/types",
    "attributes/types",
    "attribute-sets/groups",
    "categories/attributes",
    "directory/currency",
    "taxClasses",
    "modules",
    "/categories/3/products",
)
# Answers of another state of the shop, of another mode of the server, or in another format.
NOT_COMPARED = {
    "pristine/categories-list.json.gz": "recorded after a category had been added; categories-list.json is asked",
    "pristine/categories-list-all.json.gz": "the same",
    "pristine/product-nostock-24-MB01.json": "a token without a permission; the demo has one token",
    "pristine/attribute-options-country_of_manufacture.json": "the Luma records leave the countries out",
    "pristine/products-attributes-p1.json": "paged by attribute id, which differ for system attributes",
    "pristine/source-items-keyset.json": "ids of the last rows; the Luma records lack 147 rows of configurables",
    "errors/accept-xml.xml": "the demo speaks JSON only",
    "errors/accept-xml-error.xml": "the demo speaks JSON only",
    "errors/filter-updated-at.json": "times of the installation",
    "errors/filter-updated-at-iso.json": "times of the installation",
}
ATTRIBUTES_MISSING_IN_LUMA = 9
CONFIGURABLES = 147


def recorded_requests(shared: Path, *, left_out: Collection[str]) -> Iterator[dict[str, Any]]:
    """The index entries of the requests that a reader makes, of the untouched shop and of its errors."""
    for line in (shared / "recordings" / "index.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if _is_asked(entry) and entry["file"] not in left_out:
            yield entry


def _is_asked(entry: dict[str, Any]) -> bool:
    name, path, auth = entry["file"] or "", str(entry["path"]), entry.get("auth") or ""
    return (
        name.startswith(("pristine/", "errors/"))
        and not name.endswith(".jsonl.gz")
        and "developer-mode" not in name
        and "only Mag" not in auth
        and not any(part in path for part in NOT_READ)
        and not (entry["method"] in ("PUT", "POST") and "-information" not in path and "token" not in path)
    )


def recorded_bytes(shared: Path, name: str) -> bytes:
    """The body of a recorded answer, as it was received."""
    content = (shared / "recordings" / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


def ask(api: Api, entry: dict[str, Any]) -> requests.Response:
    """Sends a recorded request to a store, with the store's own token where it had the right one."""
    headers = dict(entry["request_headers"] or {})
    auth = entry.get("auth") or ""
    if auth.startswith("Bearer integration"):
        headers["Authorization"] = api.session.headers["Authorization"]
    elif "wrong" in auth:
        headers["Authorization"] = "Bearer wrong"
    asked = entry["request_body"]
    content = asked.encode() if isinstance(asked, str) else json.dumps(asked or {}).encode()
    data = content if entry["method"] == "POST" else None
    prepared = requests.Request(entry["method"], api.base, headers=headers, data=data).prepare()
    prepared.url = api.base + entry["path"]
    with requests.Session() as session:
        session.trust_env = False
        return session.send(prepared, timeout=20)


def _reason(name: str, answer: Any) -> Callable[[Any], Any]:
    """What to take out of both sides of an answer before they are compared."""
    rules: tuple[tuple[tuple[str, ...], Callable[[Any], Any]], ...] = (
        (("errors/filter-like",), differences.by_sku),
        (("errors/fields-good",), lambda a: {**a, "items": sorted(_categories(i) for i in a["items"])}),
        (("errors/fields-single",), lambda a: differences.product({**a, "type_id": "simple"})),
        (("errors/sku-", "errors/fields-empty"), _product_or_error),
        (("pristine/product-options", "pristine/product-tier"), lambda a: a),
        (("pristine/product-",), differences.product),
        (("pristine/products-list", "errors/gzip", "errors/unknown-attribute-sort"), differences.products),
        (("pristine/configurable-children",), lambda a: [differences.product(child) for child in a]),
        (("pristine/stockItems-24-W", "pristine/stockItems-240"), lambda a: differences.stock_item(a, "bundle")),
        (("pristine/special-price",), differences.special_prices),
        (("pristine/store-storeConfigs",), differences.store_configs),
        (("pristine/dump-stock",), differences.stock_dump),
        (("pristine/categories-tree",), differences.category_node),
        (("pristine/categories-list",), differences.without_scope_path(differences.category)),
        (("pristine/category-",), differences.category),
        (("pristine/attribute-options", "pristine/attribute-sets"), lambda a: a),
        (("pristine/attribute-set-",), lambda a: _by_code([differences.attribute_short(one) for one in a])),
        (("pristine/attribute-",), differences.attribute),
    )
    for names, rule in rules:
        if name.startswith(names):
            return rule
    return lambda value: value


def _categories(item: dict[str, Any]) -> tuple[str, int, tuple[str, ...]]:
    links = item["extension_attributes"]["category_links"]
    return item["sku"], item["price"], tuple(sorted(link["category_id"] for link in links))


def _product_or_error(answer: dict[str, Any]) -> dict[str, Any]:
    return differences.product(answer) if "sku" in answer else answer


def _by_code(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["attribute_code"]: row for row in rows if row["is_user_defined"]}


def test_every_recorded_answer_that_a_reader_needs_is_given_body_for_body(luma: Api, shared: Path) -> None:
    wrong: list[str] = []
    asked = 0
    for entry in recorded_requests(shared, left_out={*NOT_COMPARED, *SPECIAL}):
        name = entry["file"]
        asked += 1
        real = body_of(recorded_bytes(shared, name))
        answer = ask(luma, entry)
        if answer.status_code != entry["status"]:
            wrong.append(f"{name}: status {answer.status_code}, really {entry['status']}")
            continue
        if entry["status"] == 500 and isinstance(real, str):
            continue  # an HTML page of the server
        rule = _reason(name, real)
        ours = body_of(answer.content)
        if rule(ours) != rule(real):
            wrong.append(name)
    assert wrong == []
    assert asked > 140


SPECIAL = {
    "pristine/products-attributes.json.gz",
    "errors/page-past-end-attributes.json",
    "pristine/source-items.json.gz",
    "pristine/source-items-p1.json",
    "pristine/source-items-sku.json",
    "errors/page-past-end-source-items.json",
}


def test_attributes_are_those_of_the_real_store_but_for_nine_that_the_records_lack(luma: Api, shared: Path) -> None:
    real = body_of(recorded_bytes(shared, "pristine/products-attributes.json.gz"))
    ours = luma.get("/rest/V1/products/attributes?searchCriteria=")
    known = {one["attribute_code"] for one in ours["items"]}
    expected = [differences.attribute(one) for one in real["items"] if one["attribute_code"] in known]
    assert real["total_count"] - ours["total_count"] == ATTRIBUTES_MISSING_IN_LUMA
    assert {one["attribute_code"]: differences.attribute(one) for one in ours["items"]} == {
        one["attribute_code"]: one for one in expected
    }


def test_source_items_are_those_of_the_real_store_but_for_the_configurables(luma: Api, shared: Path) -> None:
    real = body_of(recorded_bytes(shared, "pristine/source-items.json.gz"))
    ours = luma.get("/rest/V1/inventory/source-items?searchCriteria=")
    rows = {row["sku"]: row for row in ours["items"]}
    missing = [row for row in real["items"] if row["sku"] not in rows]
    assert len(missing) == CONFIGURABLES == real["total_count"] - ours["total_count"]
    assert {row["quantity"] for row in missing} == {0}
    differing = {row["sku"] for row in real["items"] if row["sku"] in rows and row != rows[row["sku"]]}
    assert differing <= set(differences.ORDERED) | {sku for sku in rows if sku.startswith("240-LV")}


def test_every_product_of_the_list_and_alone_is_the_real_one(luma: Api, shared: Path) -> None:
    ours = luma.products("default")
    with gzip.open(shared / "recordings/pristine/products-list.jsonl.gz", "rt", encoding="utf-8") as lines:
        real = {record["sku"]: record for record in map(json.loads, lines)}
    assert ours.keys() == real.keys()
    wrong = [sku for sku in real if differences.product(ours[sku]) != differences.product(real[sku])]
    assert wrong == []


def test_a_list_says_nothing_of_stock_and_a_single_product_does(luma: Api) -> None:
    listed = luma.products()["24-MB01"]
    single = luma.get("/rest/all/V1/products/24-MB01")
    stock = single["extension_attributes"].pop("stock_item")
    assert listed == single
    assert stock["qty"] == 100


def test_a_store_without_permission_records_has_no_such_route(luma: Api) -> None:
    answer = luma.answer("/rest/V1/catalogSync/categoryPermissions?searchCriteria=")
    assert (answer.status_code, answer.json()) == (404, {"message": "Request does not match any route."})
