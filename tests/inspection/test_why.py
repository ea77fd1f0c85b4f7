"""Why: one reason per feed and scope, from the closed list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from syncengine.control.feed_runs import FeedRun, save_feed_run
from syncengine.control.runs import Step, set_step
from syncengine.control.settings import put_setting
from syncengine.export.guards import approval_key
from syncengine.inspection.discrepancy_list import discrepancy_rows
from syncengine.inspection.reasons import FeedFacts, Reason, reason_of_state
from syncengine.inspection.states import STATES
from syncengine.inspection.view import CatalogView
from syncengine.inspection.why import ProductWhy, why_product

from .lake_of import MODIFIED, Item, LakeOf, price, product


def codes(found: ProductWhy, feed: str = "products") -> dict[str, str]:
    return {reason.scope: reason.code.value for reason in found.reasons if reason.feed == feed}


@pytest.mark.parametrize(
    ("sku", "code", "words"),
    [
        ("same", "in_sync", "equals your catalog as of"),
        ("gone", "removed", "removal acknowledged 2026-05-04 12:17 UTC"),
        ("refused", "rejected", "price `9.99` is not a number"),
        ("refused-now", "rejected", "refused it"),
        ("busy", "retry_scheduled", "The service is busy (HTTP 503"),
        ("lost", "in_flight", "no answer came"),
    ],
)
def test_each_outcome_has_its_reason(seen: CatalogView, sku: str, code: str, words: str) -> None:
    (reason,) = [one for one in why_product(seen, sku).reasons if (one.feed, one.scope) == ("products", "default")]
    assert reason.code.value == code
    assert words in reason.sentence


@pytest.mark.parametrize("sku", ["same", "changed", "new", "gone", "refused", "busy", "lost", "aside", "parent", "no"])
def test_there_is_exactly_one_reason_per_feed_and_scope(seen: CatalogView, sku: str) -> None:
    reasons = why_product(seen, sku).reasons
    assert reasons
    keys = [(reason.feed, reason.scope) for reason in reasons]
    assert len(set(keys)) == len(keys)
    assert all(reason.sentence and isinstance(reason.code, Reason) for reason in reasons)


def test_every_state_has_a_reason_whatever_holds_for_the_feed() -> None:
    facts = [
        FeedFacts(is_off=off, held=held, held_run=held and "r-1", sending_run=sending)
        for off in (False, True)
        for held in (None, "too many")
        for sending in (None, "r-2")
    ]
    found = {(state, fact): reason_of_state(state, fact) for state in STATES for fact in facts}
    assert len(found) == len(STATES) * 8
    assert found["waiting", facts[0]] is Reason.CHANGED_WAITING
    assert {found["rejected", fact] for fact in facts} == {Reason.REJECTED}
    assert reason_of_state("waiting", FeedFacts(held="x", sending_run="r-2")) is Reason.DELETE_GUARD
    assert reason_of_state("retry", FeedFacts(sending_run="r-2")) is Reason.IN_FLIGHT
    assert reason_of_state("not_exported", FeedFacts(is_off=True)) is Reason.FEED_OFF


def test_an_unknown_sku_is_not_in_the_catalog(seen: CatalogView, view: CatalogView) -> None:
    assert codes(why_product(seen, "nobody")) == {"": "not_in_catalog"}
    assert codes(why_product(view, "nobody")) == {"": "not_in_catalog"}  # before the first sync


def test_what_changed_since_the_last_sync_waits(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b"), product("c")])
    later = MODIFIED + timedelta(days=10_000)
    edited = [product("a", name="New", modified_at=later), product("b", name="New")]
    lake.says(run_id="r-2", products=[*edited, product("d")])
    lake.publish()
    for sku, words in (
        ("a", "Changed"),
        ("b", "the store does not date this edit"),
        ("c", "the removal will be sent"),
        ("d", "Not exported yet"),
    ):
        (reason,) = [one for one in why_product(view, sku).reasons if one.feed == "products"]
        assert reason.code is Reason.CHANGED_WAITING
        assert words in reason.sentence and "with the next sync" in reason.sentence


def test_a_record_that_could_not_be_compiled_is_named(lake: LakeOf, view: CatalogView) -> None:
    aside = {
        "feed": "products", "source_entity_id": "9", "identity_text": '["a"]', "scope": "",
        "code": "malformed_price", "message": "The price cannot be read.",
    }  # fmt: skip
    lake.synced(products=[product("a"), product("b")])
    lake.synced(products=[product("a"), product("b")], set_aside=[aside])
    found = why_product(view, "a")
    assert codes(found) == {"default": "filtered"}
    assert "The price cannot be read. What was known" in found.reasons[0].sentence


def test_a_product_is_not_in_the_websites_it_has_no_item_in(lake: LakeOf, view: CatalogView) -> None:
    other = product("b", view="fr")
    fr = Item({**other.values, "websiteCode": "france"}, {**other.listing, "website_code": "france"})
    lake.synced(products=[product("a"), fr], prices=[price("a", 1), price("b", 2, website="france")])
    found = why_product(view, "a")
    assert codes(found) == {"default": "in_sync", "fr": "not_in_website"}
    assert codes(found, "prices") == {"base/0": "in_sync", "france/0": "not_in_website"}


def test_a_configurable_without_an_enabled_variant_says_so(lake: LakeOf, view: CatalogView) -> None:
    children = [{"sku": "red"}, {"sku": "blue"}]
    off: dict[str, Any] = {"status": "Disabled"}
    parent = product("parent", type="configurable", variants=children, **off)
    lake.synced(products=[parent, product("red", **off), product("blue", **off), product("plain", **off)])
    found = why_product(view, "parent")
    assert codes(found) == {"default": "no_enabled_variant"}
    assert "none of its 2 variants is enabled" in found.reasons[0].sentence
    assert found.reasons[0].next_step == "Enable one of: blue, red."
    assert codes(why_product(view, "plain")) == {"default": "disabled"}
    lake.synced(products=[parent, product("red"), product("blue", **off), product("plain", **off)])
    assert codes(why_product(view, "parent")) == {"default": "disabled"}


def test_a_bundle_is_disabled_by_a_required_option_alone(lake: LakeOf, view: CatalogView) -> None:
    options = [{"id": "1", "label": "Base", "required": True, "values": [{"id": "1", "sku": "off"}]}]
    bundle = product("kit", type="bundle", status="Disabled", optionsV2=options)
    lake.synced(products=[bundle, product("off", status="Disabled")])
    (reason,) = [one for one in why_product(view, "kit").reasons if one.feed == "products"]
    assert reason.code is Reason.NO_ENABLED_VARIANT
    assert "required option `Base`" in reason.sentence


def _feed_run(lake: LakeOf, **values: Any) -> str:
    run = lake.begin()
    with lake.control.write() as connection:
        save_feed_run(connection, FeedRun(run_id=run.run_id, feed="products", destination=lake.destination, **values))
        hold = {"feed": "products", "destination": lake.destination, "removed": 60, "exported": 100, "fingerprint": "f"}
        set_step(connection, run.run_id, Step.DIFF, details={"held": [hold]})
    lake.says(run_id=run.run_id, products=[product("a", name="New")])
    lake.publish()
    return run.run_id


def test_a_held_feed_is_named_with_its_run_until_it_is_approved(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    run_id = _feed_run(lake, status="held")
    (reason,) = [one for one in why_product(view, "a").reasons if one.feed == "products"]
    assert reason.code is Reason.DELETE_GUARD
    assert "60 of 100 items (60 %)" in reason.sentence and f"approve {run_id}" in (reason.next_step or "")
    with lake.control.write() as connection:
        put_setting(connection, approval_key(lake.destination, "products"), "f")
    assert codes(why_product(view, "a")) == {"default": "changed_waiting"}


def test_a_feed_that_is_off_is_the_reason(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a")])
    _feed_run(lake, status="not_offered")
    assert codes(why_product(view, "a")) == {"default": "feed_off"}


def test_products_without_their_attributes_lack_a_dependency(lake: LakeOf, view: CatalogView) -> None:
    attribute = Item({"id": "1", "storeCode": "main", "websiteCode": "base", "storeViewCode": "default",
                      "attributeCode": "color"})  # fmt: skip
    lake.synced(products=[product("a")])
    lake.says(run_id="r-2", productAttributes=[attribute])
    lake.publish()
    assert codes(why_product(view, "a")) == {"default": "dependency_missing"}
    lake.synced(products=[product("a")], productAttributes=[attribute])
    assert codes(why_product(view, "a")) == {"default": "in_sync"}


def test_prices_and_the_last_export_are_explained(seen: CatalogView) -> None:
    found = why_product(seen, "changed")
    (sent,) = found.last_sent
    assert (sent.operation, sent.sentence) == ("update", "name changed")
    prices = why_product(seen, "same").prices
    assert [one.regular for one in prices] == [10, 9]
    assert set(found.as_json()) == {"sku", "reasons", "prices", "last_sent"}


def test_the_code_of_why_is_that_of_the_report(seen: CatalogView) -> None:
    found = discrepancy_rows(seen, "products").filter(store_view_code="default")
    assert len(found)
    for sku, code in zip(found["sku"], found["reason"], strict=True):
        assert codes(why_product(seen, sku))["default"] == code
