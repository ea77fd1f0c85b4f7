"""How the reader copes with each numbered fact of a Commerce store's REST API.

`fact_N` in a test's name is the number in the reference notes on the API; `docs/reading-a-store.md` lists them.
"""

from __future__ import annotations

import pytest

from catalog.fake_store import FakeStore, Reply, Request, product, refused
from catalog.reading import product_ids, read
from syncengine.errors import (
    CatalogError,
    IncompleteReadError,
    SourceAnswerError,
    SourceRefusedError,
    SourceUnreachableError,
)

ALL = list(range(1, 26))


def test_fact_2_the_token_is_sent_as_bearer_with_every_request(open_store, tmp_path) -> None:
    store = FakeStore()

    read(open_store(store), tmp_path)

    assert {request.headers["authorization"] for request in store.log} == {"Bearer canary-token"}


def test_fact_4_and_6_a_refused_token_names_the_bearer_setting_and_stops_at_once(open_store, tmp_path) -> None:
    store = FakeStore(token="another")

    with pytest.raises(SourceRefusedError) as caught:
        read(open_store(store), tmp_path)

    assert len(store.log) == 1
    assert "oauth/consumer/enable_integration_as_bearer" in caught.value.hint
    assert "401" in str(caught.value) and "/V1/store/websites" in str(caught.value)
    assert "canary-token" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/V1/products", "Magento_Catalog::products"),
        ("/V1/products/attributes", "Magento_Catalog::attributes_attributes"),
        ("/V1/products/attribute-sets/sets/list", "Magento_Catalog::sets"),
        ("/V1/categories/list", "Magento_Catalog::categories"),
        ("/V1/store/storeViews", "Magento_Backend::store"),
        ("/V1/customerGroups/search", "Magento_Customer::group"),
        ("/V1/inventory/source-items", "Magento_InventoryApi::source"),
    ],
)
def test_fact_8_a_missing_permission_names_the_resource_to_grant(open_store, tmp_path, path, resource) -> None:
    store = FakeStore(hook=lambda request: refused(resource) if request.path == path else None)

    with pytest.raises(SourceRefusedError) as caught:
        read(open_store(store), tmp_path)

    assert f"authorized to access {resource}" in str(caught.value)
    assert f"`{resource}`" in caught.value.hint


def test_fact_9_a_cloud_service_gets_the_store_in_a_header(open_store, tmp_path, records) -> None:
    views = [{"id": 0, "code": "admin"}, {"id": 1, "code": "fr", "is_active": 1}]
    store = FakeStore(views=views, products={"fr": [product(1, name="Sac")], "": [product(1, name="Bag")]})

    staged = read(open_store(store, address=lambda url: url.removesuffix("/rest")), tmp_path)

    names = records(staged).execute("SELECT record->>'$.name' FROM records.products").fetchall()
    assert names == [("Sac",)]
    assert all(request.headers.get("store") == "fr" for request in store.log if request.is_product_page)


def test_fact_10_and_12_each_view_is_read_with_its_own_values(open_store, tmp_path, records) -> None:
    views = [
        {"id": 0, "code": "admin", "is_active": 1},
        {"id": 1, "code": "default", "is_active": 1},
        {"id": 2, "code": "fr", "is_active": 1},
        {"id": 3, "code": "closed", "is_active": 0},
    ]
    store = FakeStore(views=views, products={"": [product(1, name="Bag")], "fr": [product(1, name="Sac")]})

    con = records(read(open_store(store), tmp_path))

    found = con.execute("SELECT scope, record->>'$.name' FROM records.products ORDER BY ALL").fetchall()
    assert found == [("closed", "Bag"), ("default", "Bag"), ("fr", "Sac")], "an inactive view is a scope, too"
    scopes = con.execute("SELECT DISTINCT scope FROM records.attributes ORDER BY 1").fetchall()
    assert scopes == [("all",), ("closed",), ("default",), ("fr",)]
    assert {r.scope for r in store.log if r.path == "/V1/products"} == {"default", "fr", "closed"}


def test_fact_11_a_view_that_vanishes_during_the_read_is_named(open_store, tmp_path) -> None:
    gone = Reply.of({"message": "Specified request cannot be processed."}, 400)
    store = FakeStore(hook=lambda request: gone if request.is_product_page else None)

    with pytest.raises(SourceAnswerError) as caught:
        read(open_store(store), tmp_path)

    assert "/default/V1/products" in str(caught.value)
    assert "store view" in caught.value.hint


def test_fact_13_the_admin_scope_is_no_store_view_and_order_does_not_matter(open_store, tmp_path) -> None:
    views = [{"id": 2, "code": "b", "is_active": 1}, {"id": 0, "code": "admin"}, {"id": 1, "code": "a"}]
    store = FakeStore(views=views)

    staged = read(open_store(store), tmp_path)

    assert [part.scope for part in staged.parts if part.entity == "products"] == ["a", "b"]


def test_a_store_without_a_view_is_an_error(open_store, tmp_path) -> None:
    store = FakeStore(views=[{"id": 0, "code": "admin"}])

    with pytest.raises(CatalogError, match="no store view"):
        read(open_store(store), tmp_path)


def test_a_view_code_that_is_no_code_never_becomes_a_path(open_store, tmp_path) -> None:
    store = FakeStore(views=[{"id": 1, "code": "../../etc", "is_active": 1}])

    with pytest.raises(SourceAnswerError, match="no usable code"):
        read(open_store(store), tmp_path)


def test_fact_14_18_26_27_pages_are_keyset_by_entity_id_ascending(open_store, tmp_path, records) -> None:
    store = FakeStore()

    staged = read(open_store(store, connections=1), tmp_path)

    pages = [request for request in store.log if request.is_product_page]
    assert [page.id_range() for page in pages] == [(0, 25), (10, 25), (20, 25)]
    for page in pages:
        assert page.query["searchCriteria[sortOrders][0][field]"] == "entity_id"
        assert page.query["searchCriteria[sortOrders][0][direction]"] == "ASC"
        assert page.query["searchCriteria[currentPage]"] == "1"
    assert product_ids(records(staged)) == ALL


def test_fact_19_16536_no_product_request_is_without_a_page_size(open_store, tmp_path) -> None:
    store = FakeStore()

    read(open_store(store), tmp_path)

    assert all(request.page_size for request in store.log if request.path == "/V1/products")


def test_fact_20_the_page_size_is_lowered_to_the_number_the_store_names(open_store, tmp_path, records) -> None:
    store = FakeStore(max_page_size=7)

    staged = read(open_store(store, connections=1), tmp_path)

    assert store.sent_sizes() == [10, 7, 7, 7, 7]
    assert product_ids(records(staged)) == ALL


def test_fact_20_other_lists_obey_the_same_limit(open_store, tmp_path) -> None:
    store = FakeStore(max_page_size=2)

    staged = read(open_store(store, page_size=2), tmp_path)

    assert staged.counts["attributes"] == 2 * 5
    assert staged.counts["source_items"] == 25
    assert staged.counts["categories"] == 3


def test_fact_20_a_silent_page_limit_loses_nothing(open_store, tmp_path, records) -> None:
    store = FakeStore(silent_page_size=4)

    assert product_ids(records(read(open_store(store), tmp_path))) == ALL


@pytest.mark.parametrize("clamps", [True, False], ids=["older: last page repeats", "newer: empty"])
def test_fact_22_no_page_past_the_end_is_asked_for(open_store, tmp_path, clamps) -> None:
    store = FakeStore(clamps_pages=clamps, max_page_size=2)

    staged = read(open_store(store, page_size=2), tmp_path)

    numbers = [
        int(request.query["searchCriteria[currentPage]"])
        for request in store.log
        if request.path == "/V1/categories/list"
    ]
    assert max(numbers) == 2 and min(numbers) == 1
    assert staged.counts["categories"] == 3


def test_fact_24_lists_of_several_pages_are_sorted_by_a_unique_field(open_store, tmp_path) -> None:
    store = FakeStore(is_unsorted_stable=False, max_page_size=2)

    staged = read(open_store(store, page_size=2), tmp_path)

    assert staged.counts["attribute_sets"] == 1
    assert staged.counts["attributes"] == 2 * 5


def test_fact_24_a_list_whose_pages_repeat_items_is_read_in_one_answer(open_store, tmp_path, records) -> None:
    def repeats(request: Request) -> Reply | None:
        if request.path == "/V1/products/attributes" and request.page_size:
            return Reply.of({"items": [{"attribute_id": 1}, {"attribute_id": 2}], "total_count": 5})
        return None

    con = records(read(open_store(FakeStore(hook=repeats)), tmp_path))

    query = "SELECT count(DISTINCT record->>'$.attribute_id') FROM records.attributes WHERE scope = 'all'"
    assert con.execute(query).fetchone() == (5,)


def test_fact_25_pages_out_of_order_are_refused(open_store, tmp_path) -> None:
    def shuffled(request: Request) -> Reply | None:
        if request.is_product_page:
            return Reply.of({"items": [product(3), product(1), product(2)], "total_count": 3})
        return None

    with pytest.raises(SourceAnswerError, match="out of order"):
        read(open_store(FakeStore(hook=shuffled)), tmp_path)


def test_fact_27_a_product_deleted_during_the_read_costs_no_other(open_store, tmp_path, records) -> None:
    store = FakeStore()

    def delete_one(request: Request) -> Reply | None:
        if request.is_product_page and request.id_range()[0] == 10:
            store.products[""] = [item for item in store.products[""] if item["id"] not in (3, 15, 25)]
        return None

    store.hook = delete_one

    staged = read(open_store(store, connections=1), tmp_path)

    assert product_ids(records(staged)) == [n for n in ALL if n not in (3, 15, 25)]
    assert staged.counts["products"] == 22


def test_fact_27_only_what_changed_is_read_again(open_store, tmp_path) -> None:
    store = FakeStore(products={"": [product(n) for n in range(1, 101)]})

    def delete_one(request: Request) -> Reply | None:
        if request.is_product_page and request.id_range()[0] == 90:
            store.products[""] = [item for item in store.products[""] if item["id"] != 3]
        return None

    store.hook = delete_one

    read(open_store(store, connections=1), tmp_path)

    pages = [request.id_range() for request in store.log if request.is_product_page]
    assert pages[10:] == [(0, 10)]


def test_a_product_edited_during_the_read_comes_once(open_store, tmp_path, records) -> None:
    store = FakeStore()

    def edit(request: Request) -> Reply | None:
        if request.is_product_page:
            for item in store.products[""]:
                item["name"] = f"edited after {request.id_range()[0]}"
        return None

    store.hook = edit

    assert product_ids(records(read(open_store(store), tmp_path))) == ALL


def test_a_product_created_during_the_read_waits_for_the_next_one(open_store, tmp_path, records) -> None:
    store = FakeStore()

    def create(request: Request) -> Reply | None:
        if request.is_product_page and len(store.products[""]) < 30:
            store.products[""].append(product(100 + len(store.products[""])))
        return None

    store.hook = create

    first = read(open_store(store), tmp_path / "first")
    created = len(store.products[""]) - len(ALL)
    store.hook = lambda request: None
    second = read(open_store(store), tmp_path / "second")

    con = records(first)
    assert product_ids(con) == ALL
    assert created > 0
    assert len(product_ids(records(second))) == len(ALL) + created


def test_fact_28_and_29_a_count_that_never_adds_up_is_incomplete(open_store, tmp_path) -> None:
    def counts_one_more(request: Request) -> Reply | None:
        if request.query.get("fields") == "total_count":
            return Reply.of({"total_count": 26})
        return None

    with pytest.raises(IncompleteReadError) as caught:
        read(open_store(FakeStore(hook=counts_one_more)), tmp_path)

    assert "gave 25 products, the store counts 26" in str(caught.value)


def test_fact_28_a_page_with_fewer_items_than_counted_goes_on(open_store, tmp_path, records) -> None:
    def nothing(request: Request) -> Reply | None:
        if request.is_product_page and request.id_range()[0] >= 20:
            return Reply.of({"items": [], "total_count": 5})
        return None

    with pytest.raises(SourceAnswerError, match="0 items of a total of 5"):
        read(open_store(FakeStore(hook=nothing)), tmp_path)


def test_fact_31_an_empty_list_instead_of_the_expected_keys_is_refused(open_store, tmp_path) -> None:
    store = FakeStore(hook=lambda request: Reply.of([]) if request.path == "/V1/products" else None)

    with pytest.raises(SourceAnswerError, match="without"):
        read(open_store(store), tmp_path)


@pytest.mark.parametrize(
    "reply", [{}, {"items": []}, {"items": [], "total_count": "many"}, {"items": [1], "total_count": 1}]
)
def test_fact_31_an_answer_without_its_keys_is_refused(open_store, tmp_path, reply) -> None:
    store = FakeStore(hook=lambda request: Reply.of(reply) if request.path == "/V1/categories/list" else None)

    with pytest.raises(SourceAnswerError, match="/V1/categories/list was answered without"):
        read(open_store(store), tmp_path)


def test_silent_fact_1_items_null_is_an_empty_store(open_store, tmp_path) -> None:
    staged = read(open_store(FakeStore(products={"": []})), tmp_path)

    assert staged.counts["products"] == 0
    assert staged.offered["products"]


def test_fact_35_36_39_40_values_arrive_as_they_were_sent(open_store, tmp_path, records) -> None:
    odd = product(
        1,
        sku='a/b "c", <d> 😀 \u05d0',
        name="Joust&trade; <b>Bag</b>",
        price=29.949999999999999,
        extension_attributes=[],
        custom_attributes=[{"attribute_code": "category_ids", "value": ["3", "4"]}],
    )

    con = records(read(open_store(FakeStore(products={"": [odd]})), tmp_path))

    found = con.execute(
        "SELECT record->>'$.sku', record->>'$.name', CAST(record->>'$.price' AS DECIMAL(12, 4)), "
        "record->>'$.custom_attributes[0].value[1]' FROM records.products"
    ).fetchone()
    assert found is not None
    assert (found[0], found[1], str(found[2]), found[3]) == (odd["sku"], odd["name"], "29.9500", "4")


def test_fact_41_json_and_gzip_are_asked_for(open_store, tmp_path) -> None:
    store = FakeStore()

    read(open_store(store), tmp_path)

    assert {request.headers["accept"] for request in store.log} == {"application/json"}
    assert {request.headers["accept-encoding"] for request in store.log} == {"gzip"}


def test_fact_60_a_store_without_inventory_modules_does_not_offer_them(open_store, tmp_path, records) -> None:
    def absent(request: Request) -> Reply | None:
        if request.path.startswith("/V1/inventory/"):
            return Reply.of({"message": "Request does not match any route."}, 404)
        return None

    con = records(read(open_store(FakeStore(hook=absent)), tmp_path))

    offered = dict(con.execute("SELECT entity, offered FROM records.offered").fetchall())
    assert (offered["source_items"], offered["stock_index"], offered["products"]) == (False, False, True)
    assert con.execute("SELECT count(*) FROM records.stock_index").fetchone() == (0,)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_fact_61_salable_quantities_are_optional(open_store, tmp_path, status) -> None:
    def refuses(request: Request) -> Reply | None:
        if "dump-stock-index-data" in request.path:
            return Reply.of({"message": "no"}, status)
        return None

    staged = read(open_store(FakeStore(hook=refuses)), tmp_path)

    assert not staged.offered["stock_index"]


def test_category_permissions_are_read_from_stores_that_have_them(open_store, tmp_path, records) -> None:
    def extension(request: Request) -> Reply | None:
        if request.path != "/V1/catalogSync/categoryPermissions":
            return None
        if "searchCriteria" not in request.query:
            return Reply.of({"message": '"%fieldName" is required. Enter and try again.'}, 400)
        return Reply.of({"items": [{"category_id": 3}], "total_count": 1})

    con = records(read(open_store(FakeStore(hook=extension)), tmp_path))

    rows = con.execute("SELECT scope, record->>'$.category_id' FROM records.category_permissions").fetchall()
    assert rows == [("", "3")]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply.of({"message": "Something about it is wrong."}, 400), "Something about it is wrong"),
        (Reply.of({"items": [{"category_id": 3}], "total_count": 2}), "gave 1 rows, the store counts 2"),
    ],
)
def test_category_permissions_that_fail_are_never_taken_for_none(open_store, tmp_path, reply, message) -> None:
    store = FakeStore(hook=lambda request: reply if request.path.endswith("categoryPermissions") else None)

    with pytest.raises(CatalogError, match=message):
        read(open_store(store), tmp_path)


def test_category_permissions_without_their_route_are_not_offered(open_store, tmp_path) -> None:
    assert not read(open_store(FakeStore()), tmp_path).offered["category_permissions"]


def test_fact_46_tier_prices_come_from_their_look_up(open_store, tmp_path, records) -> None:
    row = {
        "price": 9.5,
        "price_type": "fixed",
        "website_id": 0,
        "sku": "p7",
        "customer_group": "all groups",
        "quantity": 10,
    }
    store = FakeStore(tiers=[row])

    staged = read(open_store(store), tmp_path)

    assert records(staged).execute("SELECT scope, record->>'sku' FROM records.tier_prices").fetchall() == [("", "P7")]
    (asked,) = [request.body["skus"] for request in store.log if request.method == "POST"]
    assert asked == [f"P{n}" for n in range(1, 26)]


def test_fact_21_a_look_up_obeys_a_limit_on_lists(open_store, tmp_path, records) -> None:
    rows = [{"sku": f"P{n}", "price": n, "customer_group": "General"} for n in (3, 14, 25)]
    store = FakeStore(tiers=rows, max_skus=4)

    con = records(read(open_store(store), tmp_path))

    assert con.execute("SELECT record->>'sku' FROM records.tier_prices ORDER BY 1").fetchall() == [
        ("P14",),
        ("P25",),
        ("P3",),
    ]
    asked = [request.body["skus"] for request in store.log if request.method == "POST"]
    assert sorted(sku for skus in asked if len(skus) <= 4 for sku in skus) == sorted(f"P{n}" for n in range(1, 26))


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize(
    ("path", "entity"), [("/V1/products/tier-prices-information", "tier_prices"), ("/V1/inventory/stocks", "stocks")]
)
def test_tier_prices_and_stocks_that_are_refused_are_not_offered(open_store, tmp_path, path, entity, status) -> None:
    store = FakeStore(hook=lambda request: Reply.of({"message": "no"}, status) if request.path == path else None)

    assert not read(open_store(store), tmp_path).offered[entity]


def test_a_look_up_that_answers_something_else_fails_the_read(open_store, tmp_path) -> None:
    store = FakeStore(hook=lambda request: Reply.of({"oops": 1}) if request.method == "POST" else None)

    with pytest.raises(SourceAnswerError, match=r"POST .*tier-prices-.* was answered without a list of prices"):
        read(open_store(store), tmp_path)


def test_stocks_with_their_sales_channels_are_read(open_store, tmp_path, records) -> None:
    con = records(read(open_store(FakeStore()), tmp_path))

    assert con.execute("SELECT record->>'stock_id' FROM records.stocks").fetchall() == [("1",)]


def test_fact_66_the_report_id_of_an_internal_error_is_shown(open_store, tmp_path) -> None:
    body = {"message": "Internal Error. Details are available in Magento log file. Report ID: webapi-6abc"}
    store = FakeStore(hook=lambda request: Reply.of(body, 500) if request.is_product_page else None)

    with pytest.raises(SourceUnreachableError, match="Report ID: webapi-6abc"):
        read(open_store(store), tmp_path)


def test_fact_68_and_70_throttling_is_waited_out_without_smaller_pages(open_store, tmp_path, pauses) -> None:
    answers = [Reply.of({}, 429, Retry_After="7"), Reply.of({}, 503, Retry_After="9")]
    store = FakeStore(hook=lambda request: answers.pop(0) if request.is_product_page and answers else None)

    read(open_store(store, connections=1), tmp_path)

    assert pauses == [7.0, 9.0]
    assert set(store.sent_sizes()) == {10}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_fact_69_a_page_that_fails_is_asked_for_in_halves(open_store, tmp_path, records, status) -> None:
    def too_much(request: Request) -> Reply | None:
        is_heavy = request.is_product_page and (request.page_size or 0) > 3
        return Reply(status, b"<html><title>backend read error</title></html>") if is_heavy else None

    store = FakeStore(hook=too_much)

    assert product_ids(records(read(open_store(store, connections=1), tmp_path))) == ALL
    assert store.sent_sizes()[:3] == [10, 5, 2]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406])
def test_fact_70_other_refusals_are_not_repeated(open_store, tmp_path, pauses, status) -> None:
    store = FakeStore(hook=lambda request: Reply.of({"message": "no"}, status) if request.is_product_page else None)

    with pytest.raises(CatalogError, match=str(status)):
        read(open_store(store, connections=1), tmp_path)

    assert len(store.sent_sizes()) == 1
    assert pauses == []


def test_a_probe_says_what_answers(open_store) -> None:
    sentence = open_store(FakeStore()).probe()

    assert sentence.startswith("The store answers: 1 store view, 25 products, Magento at http://127.0.0.1:")


@pytest.mark.parametrize(("status", "error"), [(401, SourceRefusedError), (404, SourceAnswerError)])
def test_a_probe_that_is_refused_raises(open_store, status, error) -> None:
    with pytest.raises(error):
        open_store(FakeStore(hook=lambda request: Reply.of({"message": "no"}, status))).probe()
