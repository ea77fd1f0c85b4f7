"""One product: its facts, its two sides, its diff, and every SKU that a link may carry."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.ui.shop import HOSTILE_NAME, OpenPage, Shop, copy_of, html_of, opened, table_of

PAGE = "product_detail"


def test_a_product_in_sync_says_so_and_shows_its_facts(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-001")
    shown = html_of(app)
    assert "<h1><bdi>Anchor Mug</bdi></h1>" in shown
    assert "11.00 EUR" in shown
    assert "The exported data equals your catalog." in shown
    assert not app.exception


def test_what_differs_is_listed_by_field_and_side_by_side(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-002"))
    assert "1 field differs between your catalog and what was exported." in shown
    assert (
        "<td><code><bdi>name</bdi></code></td><td><bdi>Birch Tray, large</bdi></td><td><bdi>Birch Tray</bdi></td>"
        in (shown)
    )
    assert '<tr class="cs-changed">' in shown
    assert "<mark>, large</mark>" in shown


def test_a_product_gone_from_the_catalog_is_told_as_still_exported(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-010"))
    assert "Gone from your catalog, still exported: its removal was not sent yet." in shown


def test_both_sides_can_be_copied_as_json(open_page: OpenPage, held_shop: Shop) -> None:
    catalog = open_page(held_shop, PAGE, sku="SKU-002", tab="Catalog JSON")
    assert json.loads(catalog.code[-1].value)["name"] == "Birch Tray, large"
    exported = open_page(held_shop, PAGE, sku="SKU-002", tab="Exported JSON")
    assert json.loads(exported.code[-1].value)["name"] == "Birch Tray"


def test_another_feed_of_the_product_can_be_looked_at(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-001", feed="prices", tab="Exported JSON")
    assert json.loads(app.code[-1].value)["regular"] == 11


def test_a_sku_is_found_in_another_case(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "Anchor Mug" in html_of(open_page(synced_shop, PAGE, sku="sku-001"))


def test_an_unknown_sku_is_told_and_escaped(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="<script>alert(1)</script>")
    assert "&lt;script&gt;" in html_of(app)
    assert "<script" not in html_of(app)
    assert not app.exception


def test_without_a_sku_it_sends_to_the_list(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "No product is chosen" in html_of(open_page(synced_shop, PAGE))


def test_before_the_first_sync_every_sku_is_unknown(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), PAGE, sku="SKU-001")
    assert "No product has the SKU" in html_of(app)
    assert not app.exception


def test_a_hostile_name_is_shown_as_text(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-007")
    shown = html_of(app)
    assert "&lt;img src=&quot;http://198.51.100.7/p.png&quot;" in shown
    assert "<img" not in shown
    assert HOSTILE_NAME not in "".join(element.value for element in app.markdown)


def test_right_to_left_text_cannot_reorder_the_page(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, sku="SKU-009"))
    assert "\u202e" not in shown
    assert "<bdi>▯\u062a\u0645\u0631 abc</bdi>" in shown


def test_a_very_long_name_is_cut_in_the_heading(open_page: OpenPage, synced_shop: Shop) -> None:
    heading = html_of(open_page(synced_shop, PAGE, sku="SKU-010")).split("<h1>")[1].split("</h1>")[0]
    assert len(heading) < 400
    assert heading.endswith("…</bdi>")


def test_the_reason_stands_with_its_next_step_and_what_is_well_in_one_line(
    open_page: OpenPage, held_shop: Shop
) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-002"))
    assert "Held for review" in shown
    assert "Held back: " in shown
    assert "<strong>Next:</strong> Look at what would be removed, then approve or refuse it." in shown
    assert shown.count("<strong>Next:</strong>") == 1
    assert "1 item in 1 feed equal your catalog." in shown


def test_the_next_step_leads_to_where_it_is_made(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-002"))
    assert '<a href="settings">Review the held deletes</a></p>' in shown
    assert 'cs-sub"><span class="cs-badge cs-t-warn"><i aria-hidden="true">!</i>Held for review</span>' in shown
    assert "Review the held deletes" not in html_of(open_page(held_shop, PAGE, sku="SKU-001"))


def test_what_waits_is_sent_by_the_button_of_the_page(open_page: OpenPage, waiting_shop: Shop) -> None:
    shown = html_of(open_page(waiting_shop, PAGE, sku="SKU-003"))
    assert "<strong>Next:</strong> “Resync this product” sends it now." in shown
    assert "saas:resync" not in shown


def test_a_product_in_order_is_told_as_of_the_readers_own_time(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, sku="SKU-001"))
    assert re.search(r"equals your catalog as of \d+ \w+ \d{4}, \d\d:\d\d UTC\. That is 2 items in 2 feeds\.", shown)


def test_the_sku_can_be_copied_and_support_gets_ids_hashes_and_reasons(open_page: OpenPage, held_shop: Shop) -> None:
    app = opened(open_page(held_shop, PAGE, sku="SKU-002"), "support")
    assert "SKU-002" in [code.value for code in app.code]
    told = next(json.loads(code.value) for code in app.code if code.value.startswith("{"))
    item = told["items"][0]
    assert (told["sku"], item["feed"], item["reason"]) == ("SKU-002", "products", "delete_guard")
    assert item["catalog_hash"] != item["exported_hash"]


def test_a_removed_product_keeps_its_name_and_what_was_exported_of_it(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path / "shop")
    del shop.products["SKU-004"]
    assert shop.sync(feeds=("products", "prices")).error_message is None
    app = open_page(shop, PAGE, sku="SKU-004", tab="Exported JSON")
    shown = html_of(app)
    assert "<h1><bdi>Dune Lamp</bdi></h1>" in shown
    assert "This is what the destination held before." in shown
    assert json.loads(app.code[-1].value)["name"] == "Dune Lamp"


def test_the_page_of_an_unknown_sku_has_a_heading_and_leads_to_the_search(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    app = open_page(synced_shop, PAGE, sku="NOWHERE")
    assert "<h1>No product has the SKU “NOWHERE”</h1>" in html_of(app)
    assert '<a href="products?side=catalog&amp;q=NOWHERE">Search the store catalog</a>' in html_of(app)


def test_the_store_view_of_the_head_is_the_one_looked_at_first(open_page: OpenPage, french_shop: Shop) -> None:
    app = open_page(french_shop, PAGE, sku="SKU-001", feed="products")
    chosen = next(box for box in app.selectbox if box.label == "Item")
    assert chosen.index is not None and chosen.options[chosen.index].startswith("default")


def test_an_item_on_one_side_only_is_shown_as_it_is_and_not_marked_line_by_line(
    open_page: OpenPage, held_shop: Shop
) -> None:
    app = open_page(held_shop, PAGE, sku="SKU-010", feed="products")
    assert "cs-diff" not in html_of(app)
    assert json.loads(app.code[-1].value)["sku"] == "SKU-010"


def test_how_its_prices_are_formed_and_why_it_was_sent_last_can_be_read(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, sku="SKU-001"))
    assert "In website <code>base</code>" in shown and "regular 11" in shown
    assert "the destination did not have it" in shown


def test_the_history_tells_run_by_run_what_had_changed(open_page: OpenPage, flapping_shop: Shop) -> None:
    shown = html_of(open_page(flapping_shop, PAGE, sku="SKU-001", tab="History"))
    assert shown.count("· <bdi>name changed</bdi>") == 4
    assert "<del><bdi>Anchor Mug, blue</bdi></del> → <ins><bdi>Anchor Mug</bdi></ins>" in shown
    assert "Sent for the first time" in shown


def test_deliveries_carry_request_status_and_attempt(open_page: OpenPage, flapping_shop: Shop) -> None:
    app = open_page(flapping_shop, PAGE, sku="SKU-001", tab="Deliveries")
    table = table_of(app, "Sent")
    assert list(table[0]) == [
        *("Sent", "Outcome", "Feed", "Attempt", "Took", "HTTP", "Answer", "Request id", "Batch", "Run"),
    ]
    assert sorted(row["Attempt"] for row in table if row["Feed"] == "products default") == ["1", "2", "3", "4", "5"]
    assert {row["Outcome"] for row in table} == {"Accepted"}
    assert all(row["Took"].endswith((" ms", " s")) for row in table)
    assert f'<a href="run?run={table[0]["Run"]}">{table[0]["Run"]}</a>' in html_of(app)
    assert not app.dataframe
    assert f"Every request to default ({flapping_shop.settings().destination.path}) that" in html_of(app)


def test_a_product_leads_to_where_it_is_edited_when_the_admin_is_named(open_page: OpenPage, held_shop: Shop) -> None:
    def ways(**more: str) -> list[str]:
        return [link.proto.url for link in open_page(held_shop, PAGE, sku="SKU-002", more=more).get("link_button")]

    assert ways() == []
    named = ways(CATALOG_SYNC_SOURCE__ADMIN_URL="https://shop.example/backend/")
    assert named == ["https://shop.example/backend/catalog/product/edit/id/2/"]


def test_without_any_delivery_both_tabs_say_so(open_page: OpenPage, held_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(held_shop, tmp_path / "shop")
    shop.products["SKU-099"] = {**shop.products["SKU-001"], "sku": "SKU-099", "id": 99}
    assert shop.sync(feeds=("products",), dry_run=True).error_message is None
    for tab in ("History", "Deliveries"):
        assert "Nothing of it was ever sent" in html_of(open_page(shop, PAGE, sku="SKU-099", tab=tab))


def test_the_diff_has_a_unified_form_in_the_url(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop, PAGE, sku="SKU-002", form="unified"))
    assert "cs-unified" in shown
    assert '<tr class="cs-gone">' in shown and '<tr class="cs-came">' in shown
    fields = html_of(open_page(held_shop, PAGE, sku="SKU-002", form="fields"))
    assert "cs-fields" in fields and "cs-diff" not in fields


def test_folded_lines_and_volatile_fields_can_be_shown(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, PAGE, sku="SKU-002")
    assert "modifiedAt" not in html_of(app) and "equal lines" in html_of(app)
    app.toggle(key="only_changes").set_value(False)
    app.toggle(key="hide_volatile").set_value(False).run()
    assert "modifiedAt" in html_of(app) and "equal lines" not in html_of(app)


def test_the_switches_of_the_diff_are_in_the_url_unless_they_stand_as_usual(
    open_page: OpenPage, held_shop: Shop
) -> None:
    positions = {"only_changes": "False", "hide_volatile": "False", "ignore_order": "nonsense"}
    app = open_page(held_shop, PAGE, sku="SKU-002", **positions)
    assert "modifiedAt" in html_of(app) and "equal lines" not in html_of(app)
    app.toggle(key="only_changes").set_value(True).run()
    app.toggle(key="ignore_order").set_value(True).run()
    assert "only_changes" not in app.query_params
    assert (app.query_params["hide_volatile"], app.query_params["ignore_order"]) == ("False", "True")
    assert "modifiedAt" in html_of(app) and "equal lines" in html_of(app)


def test_the_feed_and_the_item_are_in_the_url(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-001")
    app.segmented_control(key="feed").set_value("prices").run()
    assert app.query_params["feed"] == "prices"
    nonsense = open_page(synced_shop, PAGE, sku="SKU-001", feed="nothing", item="nothing", tab="nothing")
    assert not nonsense.exception
    assert "The exported data equals your catalog." in html_of(nonsense)


def test_an_unknown_sku_leads_to_those_spelled_like_it(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, sku="SKU-00X"))
    assert "Spelled like it:" in shown and '<a href="product?sku=SKU-001">SKU-001</a>' in shown


def test_a_part_of_a_sku_leads_to_those_that_have_it(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, sku="KU-01"))
    assert "No product has the SKU" in shown and '<a href="product?sku=SKU-010">SKU-010</a>' in shown


def test_a_variant_leads_to_its_parent_and_the_parent_to_its_variants(open_page: OpenPage, tmp_path: Path) -> None:
    shop = Shop(tmp_path, products=3)
    shop.products["SKU-001"]["type_id"] = "configurable"
    shop.products["SKU-001"]["extension_attributes"] |= {
        "configurable_product_links": [2, 3],
        "configurable_product_options": [
            {"id": 1, "attribute_id": "73", "label": "Name", "position": 0, "values": [{"value_index": 1}]}
        ],
    }
    assert shop.sync(feeds=("products", "variants")).error_message is None
    assert '<dt>Variant of</dt><dd><a href="product?sku=SKU-001">SKU-001</a></dd>' in html_of(
        open_page(shop, PAGE, sku="SKU-002")
    )
    own = '<dt>Variants</dt><dd><a href="products?feed=variants&amp;side=catalog&amp;q=SKU-001">2</a></dd>'
    assert own in html_of(open_page(shop, PAGE, sku="SKU-001"))


def category_shop(place: Path, *, feeds: tuple[str, ...] = ("products", "categories")) -> Shop:
    """A product in Bags, and one in Bags and Hats; Hats has had another name since."""
    shop = Shop(place, products=2)
    base = {"is_active": True, "parent_id": 2, "level": 2, "position": 1, "include_in_menu": True}
    named = {3: "Bags", 4: "Hats"}
    shop.categories = [
        {**base, "id": 2, "parent_id": 1, "name": "Root", "path": "1/2", "level": 1, "custom_attributes": []},
        *(
            {**base, "id": number, "name": name, "path": f"1/2/{number}",
             "custom_attributes": [{"attribute_code": "url_key", "value": name.lower()},
                                   {"attribute_code": "url_path", "value": name.lower()}]}
            for number, name in named.items()
        ),
    ]  # fmt: skip
    for sku, numbers in (("SKU-001", ("3",)), ("SKU-002", ("3", "4"))):
        links = [{"position": 0, "category_id": number} for number in numbers]
        shop.products[sku]["extension_attributes"]["category_links"] = links
    assert shop.sync(feeds=feeds).error_message is None
    shop.categories[2]["name"] = "Hats and caps"
    assert shop.sync(feeds=feeds, dry_run=True).error_message is None
    return shop


def test_the_categories_of_a_product_can_be_looked_at_like_its_other_feeds(open_page: OpenPage, tmp_path: Path) -> None:
    shop = category_shop(tmp_path)
    app = open_page(shop, PAGE, sku="SKU-002", feed="categories")
    choice = next(box for box in app.selectbox if box.label == "Category")
    assert choice.options == ["bags · default · ✓ In sync", "hats · default · … Waiting"]
    shown = html_of(app)
    assert "<bdi>Hats and caps</bdi></td><td><bdi>Hats</bdi>" in shown
    assert re.search(r'<a href="item\?feed=categories&amp;id=[0-9a-f-]{36}">Open this category</a>', shown)
    assert '<a href="products?side=catalog&amp;category=hats">All products in hats</a>' in shown
    history = html_of(open_page(shop, PAGE, sku="SKU-002", feed="categories", tab="History"))
    assert history.count("Sent for the first time") == 1 and "<bdi>categories</bdi>" in history


def test_the_only_category_of_a_product_is_shown_at_once(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(category_shop(tmp_path), PAGE, sku="SKU-001", feed="categories", tab="Exported JSON")
    assert not [box for box in app.selectbox if box.label == "Category"]
    assert json.loads(app.code[-1].value)["name"] == "Bags"


def test_categories_that_were_never_synced_say_what_to_do(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(category_shop(tmp_path, feeds=("products",)), PAGE, sku="SKU-001", feed="categories")
    assert "Nothing is known of its categories" in html_of(app)
    assert "catalog-sync sync --feed categories" in html_of(app)


def test_a_product_without_categories_has_no_such_feed_to_choose(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, sku="SKU-001", feed="categories")
    assert not any(option.startswith("categories") for option in app.segmented_control(key="feed").options)
