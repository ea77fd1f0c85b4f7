"""The categories of a product: those that either side names, and what is known of each."""

from __future__ import annotations

from syncengine.inspection.product_categories import category_places, product_categories
from syncengine.inspection.story import product_story
from syncengine.inspection.view import CatalogView

from .lake_of import Item, LakeOf, product


def category(path: str, view: str = "default", **values: str) -> Item:
    return Item({"urlPath": path, "storeViewCode": view, "name": path.title(), **values}, {"name": path.title()})


def test_a_product_is_in_the_categories_that_the_catalog_or_the_export_names(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a", categories=["men", "men/tops"]), product("a", view="fr", categories=["men"])])
    lake.says(products=[product("a", categories=["sale"])], run_id=lake.begin().run_id)
    lake.publish()
    places = category_places(product_story(view, "a"))
    named = [("men", "default"), ("men", "fr"), ("men/tops", "default"), ("sale", "default")]
    assert [(one.path, one.store_view) for one in places] == named


def test_each_is_shown_with_both_sides_in_its_own_store_view(lake: LakeOf, view: CatalogView) -> None:
    before = [category("men"), category("men", "fr"), category("sale"), category("women")]
    lake.synced(products=[product("a", categories=["men", "sale"])], categories=before)
    changed = [category("men", description="Shirts"), *before[1:]]
    lake.says(products=[product("a", categories=["men", "sale"])], categories=changed, run_id=lake.begin().run_id)
    lake.publish()
    story = product_story(view, "a")
    found = product_categories(view, story, category_places(story))
    assert [(one.identity["urlPath"], one.scope, one.kind) for one in found] == [
        ("men", "default", "different"),
        ("sale", "default", "equal"),
    ]


def test_a_product_without_categories_and_a_lake_without_their_feed_have_none(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b", categories=["men"])])
    for sku, places in (("a", 0), ("b", 1)):
        story = product_story(view, sku)
        assert len(category_places(story)) == places
        assert product_categories(view, story, category_places(story)) == ()
