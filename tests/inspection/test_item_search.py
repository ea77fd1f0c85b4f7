"""Items of any feed: found by identity, scope and state, and shown from every side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncengine.errors import SettingsError, UnknownFeedError
from syncengine.inspection.item_search import ItemSearch, UnknownItemError, item_stories, search_items
from syncengine.inspection.questions import ask
from syncengine.inspection.reasons import Reason
from syncengine.inspection.states import STATES
from syncengine.inspection.status import feed_table
from syncengine.inspection.view import CatalogView

from .lake_of import Answer, Item, LakeOf


def website(number: int, **more: object) -> Item:
    return Item({"websiteId": str(number), "websiteCode": f"w{number}", **more})


def category(path: str, view: str, name: str) -> Item:
    return Item({"urlPath": path, "storeViewCode": view, "name": name}, {"name": name})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogView]:
    """Websites and categories: two of each in sync, one changed and refused, one gone."""
    made = LakeOf(tmp_path_factory.mktemp("shop"))
    before = [category("men", "en", "Men"), category("men", "fr", "Hommes"), category("men/tops", "en", "Tops")]
    made.synced(scopesWebsite=[website(1), website(2)], categories=[*before, category("old", "en", "Old")])
    made.synced(
        scopesWebsite=[website(1)],
        categories=[*before[:2], category("men/tops", "en", "Tops, new")],
        answers={"men/tops": Answer("rejected", "BAD", "no such name")},
    )
    yield CatalogView(made.settings)
    made.close()


def found(view: CatalogView, feed: str, **more: object) -> list[str]:
    page = search_items(view, ItemSearch(feed=feed, **more))  # type: ignore[arg-type]
    assert page.total == len(page.rows)
    return page.rows["item"].to_list()


def test_items_of_a_feed_are_listed_by_identity_with_their_state(shop: CatalogView) -> None:
    page = search_items(shop, ItemSearch(feed="categories"))
    assert page.rows.select("item", "name", "scope", "state").rows() == [
        ("men / en", "Men", "en", "in_sync"),
        ("men / fr", "Hommes", "fr", "in_sync"),
        ("men/tops / en", "Tops, new", "en", "rejected"),
        ("old / en", None, "en", "removed"),
    ]


def test_a_text_finds_a_part_of_the_identity_and_exact_matches_come_first(shop: CatalogView) -> None:
    assert found(shop, "categories", text="MEN", descending=True) == ["men / fr", "men / en", "men/tops / en"]


@pytest.mark.parametrize(
    ("more", "items"),
    [
        ({"states": ("rejected",)}, ["men/tops / en"]),
        ({"scopes": ("fr",)}, ["men / fr"]),
        ({"side": "catalog"}, ["men / en", "men / fr", "men/tops / en"]),
        ({"side": "exported", "text": "old"}, []),
        ({"json_text": "TOPS, NEW"}, ["men/tops / en"]),
        ({"sort": "store_view_code", "descending": True}, ["men / fr", "men / en", "men/tops / en", "old / en"]),
        ({"sort": "state", "descending": True}, ["old / en", "men/tops / en", "men / en", "men / fr"]),
    ],
)
def test_items_are_narrowed_and_sorted(shop: CatalogView, more: dict[str, object], items: list[str]) -> None:
    assert found(shop, "categories", **more) == items


def test_each_facet_counts_the_rows_it_leads_to(shop: CatalogView, seen: CatalogView) -> None:
    for view in (shop, seen):
        for row in feed_table(view):
            facets = search_items(view, ItemSearch(feed=row.feed)).facets
            for name, choice in (("state", "states"), ("scope", "scopes")):
                for value, items in facets[name].items():
                    assert len(found(view, row.feed, **{choice: (value,)})) == items
            assert len(found(view, row.feed, side="catalog")) == row.catalog
            assert len(found(view, row.feed, side="exported")) == row.exported


def test_a_page_is_a_part_of_the_list(shop: CatalogView) -> None:
    page = search_items(shop, ItemSearch(feed="categories", limit=2, offset=1))
    assert (page.total, page.rows["item"].to_list()) == (4, ["men / fr", "men/tops / en"])


def test_an_earlier_state_can_be_searched(shop: CatalogView) -> None:
    snapshot = int(ask(shop, "SELECT min(exported_snapshot) AS s FROM runs").rows.item())
    page = search_items(shop, ItemSearch(feed="scopesWebsite", snapshot=snapshot))
    assert page.rows.select("item", "state").rows() == [("1", "in_sync"), ("2", "in_sync")]


def test_an_item_is_shown_from_every_side(shop: CatalogView) -> None:
    (story,) = item_stories(shop, "categories", ["men/tops", "en"])
    assert story.item.state == "rejected"
    assert story.diff is not None and [edit.path for edit in story.diff.differences] == ["name"]
    assert story.reason.code is Reason.REJECTED and "no such name" in story.reason.sentence
    assert [entry.outcome for entry in story.timeline] == ["rejected", "accepted"]
    assert item_stories(shop, "categories", [story.item.feed_id]) == (story,)


def test_the_first_values_of_an_identity_name_all_items_that_share_them(shop: CatalogView) -> None:
    stories = item_stories(shop, "categories", ["men"])
    assert [story.item.scope for story in stories] == ["en", "fr"]


def test_every_item_of_every_feed_has_exactly_one_reason(shop: CatalogView, seen: CatalogView) -> None:
    states = set()
    for view in (shop, seen):
        for row in feed_table(view):
            for item in search_items(view, ItemSearch(feed=row.feed)).rows.iter_rows(named=True):
                (story,) = item_stories(view, row.feed, [item["feed_id"]])
                assert story.item.state == item["state"]
                assert story.reason.code in Reason and story.reason.sentence.endswith(".")
                states.add(item["state"])
    assert states >= {"in_sync", "removed", "rejected", "retry", "unknown"} and states <= set(STATES)


def test_what_there_is_not_is_refused_with_what_there_is(shop: CatalogView, view: CatalogView) -> None:
    with pytest.raises(UnknownItemError):
        item_stories(shop, "categories", ["women"])
    with pytest.raises(UnknownItemError):
        item_stories(view, "categories", ["men"])
    with pytest.raises(SettingsError):
        item_stories(shop, "categories", ["men", "en", "too much"])
    with pytest.raises(UnknownFeedError):
        ItemSearch(feed="nothing")
    for wrong in ({"side": "left"}, {"sort": "price"}, {"states": ("lost",)}, {"limit": 0}):
        with pytest.raises(SettingsError):
            ItemSearch(feed="categories", **wrong)  # type: ignore[arg-type]
    assert search_items(view, ItemSearch(feed="categories")).total == 0


def price(sku: str, group: str, website: str) -> Item:
    return Item({"sku": sku, "customerGroupCode": group, "websiteCode": website}, {"regular": 5.0})


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CatalogView]:
    """A product with prices in two websites, and permissions of a category: of all websites, and of one."""
    made = LakeOf(tmp_path_factory.mktemp("priced"))
    mug = Item({"sku": "MUG", "storeViewCode": "default"}, {"name": "Anchor Mug", "websiteCode": "base"})
    men = Item({"urlPath": "men", "storeViewCode": "default"}, {"name": "Men", "category_id": 7})
    groups = [("0", "*"), ("7", "*"), ("7", "europe")]
    made.synced(
        products=[mug],
        categories=[men],
        prices=[price("MUG", "0", "base"), price("MUG", "0", "europe")],
        categoryPermissions=[
            Item({"categoryId": one, "websiteCode": website, "customerGroupCode": "*"}) for one, website in groups
        ],
    )
    yield CatalogView(made.settings)
    made.close()


def test_items_without_a_name_are_called_as_their_product_or_category(priced: CatalogView) -> None:
    prices = search_items(priced, ItemSearch(feed="prices"))
    assert prices.rows.select("scope", "name").rows() == [("base/0", "Anchor Mug"), ("europe/0", "Anchor Mug")]
    permissions = search_items(priced, ItemSearch(feed="categoryPermissions"))
    assert permissions.rows["name"].to_list() == ["All categories", "Men", "Men"]


def test_a_website_keeps_its_own_items_and_those_of_all(priced: CatalogView) -> None:
    assert found(priced, "prices", websites=("europe",)) == ["MUG / 0 / europe"]
    assert found(priced, "categoryPermissions", websites=("base",)) == ["0 / * / *", "7 / * / *"]


def test_the_parts_of_an_identity_stand_apart_for_whoever_draws_them(priced: CatalogView) -> None:
    page = search_items(priced, ItemSearch(feed="prices"))
    assert page.identity.rows() == [("MUG", "0", "base"), ("MUG", "0", "europe")]
    assert page.identity.columns == ["sku", "customer_group_code", "website_code"]
