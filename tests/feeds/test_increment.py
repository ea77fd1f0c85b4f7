"""An index that follows the edits makes exactly what an index of everything makes."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from indexing import TwoIndexes
from mutations import workshop
from odd_catalog import NOW, odd_catalog
from record_files import Records

SHOP = workshop()


def products(records: Records) -> list[dict[str, Any]]:
    """All product records, of every scope."""
    return [item for items in records["products"].values() for item in items]


def of_one(records: Records, draw: random.Random) -> list[dict[str, Any]]:
    """The records of one product, under every scope."""
    number = draw.choice(sorted({item["id"] for item in products(records) if isinstance(item.get("id"), int)}))
    return [item for item in products(records) if item.get("id") == number]


def any_sku(records: Records, draw: random.Random) -> str:
    return draw.choice(sorted({item["sku"] for item in products(records) if item.get("sku")}))


def set_field(name: str, *values: Any) -> Callable[[Records, random.Random], None]:
    def edit(records: Records, draw: random.Random) -> None:
        value = draw.choice(values)
        for item in of_one(records, draw):
            item[name] = value

    return edit


def set_extension(name: str, *values: Any) -> Callable[[Records, random.Random], None]:
    def edit(records: Records, draw: random.Random) -> None:
        value = draw.choice(values)
        for item in of_one(records, draw):
            item.setdefault("extension_attributes", {})[name] = value

    return edit


def take_anothers_sku(records: Records, draw: random.Random) -> None:
    sku = any_sku(records, draw)
    for item in of_one(records, draw):
        item["sku"] = sku


def rename_sku(records: Records, draw: random.Random) -> None:
    sku = f"renamed-{draw.randrange(1000)}"
    for item in of_one(records, draw):
        item["sku"] = sku


def delete(records: Records, draw: random.Random) -> None:
    gone = of_one(records, draw)[0]["id"]
    for scope, items in records["products"].items():
        records["products"][scope] = [item for item in items if item.get("id") != gone]


def copy(records: Records, draw: random.Random) -> None:
    number = max(item["id"] for item in products(records) if isinstance(item.get("id"), int)) + 1
    model = of_one(records, draw)[0]["id"]
    for items in records["products"].values():
        items += [
            {**deepcopy(item), "id": number, "sku": f"copy-{number}"} for item in items if item.get("id") == model
        ]


def change_children(records: Records, draw: random.Random) -> None:
    ids = sorted({item["id"] for item in products(records) if isinstance(item.get("id"), int)})
    parents = [item for item in products(records) if item.get("type_id") == "configurable"]
    if parents:
        number = draw.choice(sorted({item["id"] for item in parents}))
        chosen = draw.sample(ids, k=min(2, len(ids)))
        for item in parents:
            if item["id"] == number:
                item["extension_attributes"]["configurable_product_links"] = chosen


def change_links(records: Records, draw: random.Random) -> None:
    kind = draw.choice(["related", "upsell", "crosssell", "associated"])
    target = any_sku(records, draw)
    for item in of_one(records, draw):
        item["product_links"] = [{"link_type": kind, "linked_product_sku": target.upper(), "position": 1}]


def change_bundle(records: Records, draw: random.Random) -> None:
    target = any_sku(records, draw)
    for item in products(records):
        for option in (item.get("extension_attributes") or {}).get("bundle_product_options") or []:
            if option.get("product_links") and draw.random() < 0.5:
                option["product_links"][0]["sku"] = target


def change_stock(records: Records, draw: random.Random) -> None:
    sku = any_sku(records, draw)
    for items in records["stock_index"].values():
        items.append({"sku": sku, "qty": draw.randrange(9), "is_salable": draw.random() < 0.5})
        if draw.random() < 0.5:
            items.pop(draw.randrange(len(items)))


def change_tiers(records: Records, draw: random.Random) -> None:
    record = {
        "sku": any_sku(records, draw), "price": draw.randrange(1, 9), "price_type": "fixed", "website_id": 0,
        "customer_group": "ALL GROUPS", "quantity": 2,
    }  # fmt: skip
    records.setdefault("tier_prices", {"": []})[""].append(record)


EDITS: list[Callable[[Records, random.Random], None]] = [
    set_field("price", 1, 2.5, 99, "no price", None),
    set_field("status", 1, 2, None),
    set_field("visibility", 1, 2, 3, 4),
    set_field("name", "another", "<b>bold</b>"),
    set_field("updated_at", "2026-06-01 10:00:00", "2026-06-02 10:00:00"),
    set_extension("website_ids", [1], [2], [1, 2], []),
    take_anothers_sku,
    rename_sku,
    delete,
    copy,
    change_children,
    change_links,
    change_bundle,
    change_stock,
    change_tiers,
]


@pytest.mark.parametrize("seed", range(2))
def test_after_any_walk_of_edits_both_indexes_are_the_same(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    followed = 0
    for _ in range(4):
        for edit in draw.choices(EDITS, k=draw.choice([1, 1, 2])):
            edit(records, draw)
        plan = indexes.index(records)
        followed += bool(plan.touched) and not plan.whole
        assert indexes.differences() == []
    assert followed


def test_edits_of_every_field_are_followed(tmp_path: Path) -> None:
    records = deepcopy(SHOP.records)
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)
    mutations = [SHOP.mutations[name] for name in sorted(SHOP.mutations)]
    random.Random(1).shuffle(mutations)

    for first in range(0, len(mutations), 30):
        for mutation in mutations[first : first + 30]:
            mutation.change(records)
        indexes.index(records)

        assert indexes.differences() == []


def test_without_an_edit_nothing_is_compiled(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)

    first = indexes.index(records)
    second = indexes.index(records)

    assert len(first.whole) == 10
    assert second.is_nothing


def test_a_page_that_is_read_again_with_the_same_records_compiles_nothing(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    records["products"]["en"].reverse()

    assert indexes.index(records).is_nothing


def test_the_edit_of_one_product_compiles_it_and_who_depends_on_it(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)
    lonely = next(item for item in products(records) if not _speaks(records, item))

    for item in products(records):
        if item.get("id") == lonely["id"]:
            item["name"] = "another name"
    plan = indexes.index(records)

    assert plan.whole == ()
    assert plan.products == 1
    assert indexes.differences() == []


def _speaks(records: Records, item: dict[str, Any]) -> bool:
    """Whether the product speaks of another, or another of it."""
    text = [str(other) for other in products(records) if other.get("id") != item.get("id")]
    extension = item.get("extension_attributes") or {}
    return bool(
        item.get("type_id") != "simple"
        or not isinstance(item.get("id"), int)
        or item.get("product_links")
        or extension.get("bundle_product_options")
        or extension.get("configurable_product_links")
        or any(f"'{item['sku']}'" in other or f" {item['id']}," in other or f"{item['id']}]" in other for other in text)
    )


def test_a_feed_that_was_not_asked_hears_of_the_edits_later(tmp_path: Path) -> None:
    records = odd_catalog()
    draw = random.Random(5)
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    for _ in range(3):
        set_field("price", 3, 4, 5)(records, draw)
        set_field("name", "one", "two")(records, draw)
        assert indexes.index(records, "prices").whole == ()
    plan = indexes.index(records)

    assert plan.whole == ()
    assert plan.touched
    assert indexes.differences() == []


def test_an_edit_of_a_small_entity_compiles_everything(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    for items in records["categories"].values():
        items[-1]["name"] = "another name"

    assert len(indexes.index(records).whole) == 10
    assert indexes.differences() == []


def test_at_midnight_only_what_follows_the_day_is_compiled(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    plan = indexes.index(records, now=NOW + timedelta(days=1))

    assert [feed.name for feed in plan.whole] == ["prices"]
    assert indexes.differences() == []


def test_a_lake_that_somebody_else_wrote_is_indexed_anew(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    indexes.snapshot = 7

    assert len(indexes.index(records).whole) == 10


def test_everything_is_compiled_when_somebody_asks_for_it(tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    assert len(indexes.index(records, everything=True).whole) == 10
    assert indexes.index(records).is_nothing


@pytest.mark.parametrize("damage", ["", "{", '{"version": 1}', "[]"])
def test_a_damaged_memory_is_no_memory(damage: str, tmp_path: Path) -> None:
    records = odd_catalog()
    indexes = TwoIndexes(tmp_path)
    indexes.index(records)

    (tmp_path / "indexed" / "indexed.json").write_text(damage)

    assert len(indexes.index(records).whole) == 10
