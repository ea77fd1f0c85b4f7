"""What a merchant does to the running store: prices, names, deletions, new products, SKUs, categories.

Which products are taken follows from the seed and the current catalog alone. As in the real store (2.4.7),
prices set through the price endpoint, assignments made in a category and what happens to others through a
deletion leave `updated_at` as it is; saving a product moves it.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from syncengine.demo.store.content import ProductContent, custom_value, value_row, write_products
from syncengine.demo.store.state import StoreState, sku_key, write_entity
from syncengine.demo.store.wire import number, to_json

_PLAIN = "status = 1 AND type_id IN ('simple', 'virtual')"
_ALONE = "id NOT IN (SELECT target_id FROM reference)"
_SOLD = "id IN (SELECT product_id FROM product_website WHERE website_id = 1)"


class ChangeRequestError(ValueError):
    """A change request that is not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """How many products of each kind of edit, and the seed of the choice."""

    price: int = 0
    rename: int = 0
    delete: int = 0
    add: int = 0
    sku_rename: int = 0
    move: int = 0
    seed: int = 1


def parse_change(body: bytes) -> ChangeRequest:
    """The request of a JSON object. Raises: ChangeRequestError."""
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise ChangeRequestError("The body is not JSON.") from None
    known = {field.name for field in fields(ChangeRequest)}
    if not isinstance(given, dict) or not set(given) <= known:
        raise ChangeRequestError(f"The body must be an object with some of: {', '.join(sorted(known))}.")
    if any(not isinstance(v, int) or isinstance(v, bool) or (v < 0 and k != "seed") for k, v in given.items()):
        raise ChangeRequestError("Every value must be a whole number, none below zero.")
    return ChangeRequest(**given)


class _Merchant:
    """One set of edits inside one transaction."""

    def __init__(self, state: StoreState, connection: sqlite3.Connection, seed: int, now: str) -> None:
        self._state = state
        self._connection = connection
        self._random = random.Random(f"change:{seed}")
        self._now = now
        self._taken: set[int] = set()

    def pick(self, count: int, wanted: str, preferred: str = "1") -> list[int]:
        """`count` products not taken yet, those that are `preferred` first; fewer when there are not enough."""
        picked: list[int] = []
        for condition in (f"({wanted}) AND ({preferred})", wanted):
            if len(picked) == count:
                break
            rows = self._connection.execute(f"SELECT id FROM product WHERE {condition} ORDER BY id").fetchall()
            free = [row[0] for row in rows if row[0] not in self._taken]
            chosen = self._random.sample(free, min(count - len(picked), len(free)))
            self._taken.update(chosen)
            picked.extend(chosen)
        return picked

    def sku(self, product_id: int) -> str:
        """The product's SKU now."""
        row = self._connection.execute("SELECT sku FROM product WHERE id = ?", (product_id,)).fetchone()
        return str(row[0])

    def record(self, product_id: int) -> dict[str, Any]:
        """The product's record at the admin scope."""
        row = self._connection.execute("SELECT record FROM product_record WHERE id = ?", (product_id,)).fetchone()
        loaded: dict[str, Any] = json.loads(row[0])
        return loaded

    def save(self, product_id: int, record: dict[str, Any], *, moves_updated_at: bool) -> None:
        """Writes a record and its narrow row."""
        if moves_updated_at:
            record["updated_at"] = self._now
        self._connection.execute(
            "UPDATE product SET sku = ?, sku_key = ?, name = ?, price = ?, updated_at = ? WHERE id = ?",
            (
                record["sku"],
                sku_key(record["sku"]),
                record["name"],
                record.get("price"),
                record["updated_at"],
                product_id,
            ),
        )
        self._connection.execute("UPDATE product_record SET record = ? WHERE id = ?", (to_json(record), product_id))

    def rewrite(self, holders: Iterable[int], edit: Callable[[dict[str, Any]], None]) -> None:
        """Applies `edit` to other products' records; their `updated_at` stays."""
        for holder in sorted(set(holders)):
            record = self.record(holder)
            edit(record)
            self.save(holder, record, moves_updated_at=False)
            rows = self._connection.execute(
                "SELECT store_id, patch FROM product_value WHERE product_id = ?", (holder,)
            ).fetchall()
            for store_id, text in rows:
                patch = json.loads(text)
                if "extension_attributes" in patch:
                    edit({"extension_attributes": patch["extension_attributes"], "product_links": []})
                    self.save_patch(store_id, holder, patch)

    def save_patch(self, store_id: int, product_id: int, patch: dict[str, Any]) -> None:
        """Writes what a store view overrides."""
        self._connection.execute(
            "INSERT OR REPLACE INTO product_value VALUES (?, ?, ?, ?, ?, ?, ?)",
            value_row(store_id, product_id, patch),
        )

    def holders(self, product_id: int) -> list[int]:
        """The products that name this one."""
        rows = self._connection.execute("SELECT holder_id FROM reference WHERE target_id = ?", (product_id,)).fetchall()
        return [row[0] for row in rows]

    def change_price(self, product_id: int) -> str:
        """A new price through the price endpoint, in every scope that has one of its own."""
        record = self.record(product_id)
        cents = round(record["price"] * 100)
        step = self._random.choice((-150, -99, 101, 250, 500))
        record["price"] = number(max(cents + step, 1) / 100 if cents + step != cents else (cents + 1) / 100)
        self.save(product_id, record, moves_updated_at=False)
        rows = self._connection.execute(
            "SELECT store_id, patch FROM product_value WHERE product_id = ? AND price IS NOT NULL",
            (product_id,),
        ).fetchall()
        for store_id, text in rows:
            patch = json.loads(text)
            patch["price"] = number(round(patch["price"] + 1.01, 2))
            self.save_patch(store_id, product_id, patch)
        return str(record["sku"])

    def rename(self, product_id: int) -> str:
        """A new name at the admin scope and in the default view; translations stay. Saved: `updated_at` moves."""
        record = self.record(product_id)
        record["name"] = f"{record['name'][:230]} (new {self._random.randrange(1000, 10000)})"
        self.save(product_id, record, moves_updated_at=True)
        default = self._state.default_store_id()
        rows = self._connection.execute(
            "SELECT patch FROM product_value WHERE product_id = ? AND store_id = ? AND name IS NOT NULL",
            (product_id, default),
        ).fetchall()
        for (text,) in rows:
            self.save_patch(default, product_id, {**json.loads(text), "name": record["name"]})
        return str(record["sku"])

    def delete(self, product_id: int) -> str:
        """Gone from every list; parents and links lose it without being touched; its source items stay."""
        sku = self.sku(product_id)

        def forget(record: dict[str, Any]) -> None:
            _forget(record, product_id, sku)

        self.rewrite(self.holders(product_id), forget)
        for table in ("product_value", "product_website", "product_category", "special_price", "tier_price"):
            self._connection.execute(f"DELETE FROM {table} WHERE product_id = ?", (product_id,))
        self._connection.execute("DELETE FROM reference WHERE target_id = ?1 OR holder_id = ?1", (product_id,))
        self._connection.execute("DELETE FROM product_record WHERE id = ?", (product_id,))
        self._connection.execute("DELETE FROM product WHERE id = ?", (product_id,))
        return sku

    def rename_sku(self, product_id: int) -> tuple[str, str]:
        """A new SKU for the same id: it is saved, links follow, source items are copied, the old ones stay."""
        record = self.record(product_id)
        old, new = record["sku"], self._free_sku(record["sku"])
        record["sku"] = new
        for link in record["product_links"]:
            link["sku"] = new
        for option in record["options"]:
            option["product_sku"] = new
        for option in record["extension_attributes"].get("bundle_product_options", ()):
            option["sku"] = new
        self.save(product_id, record, moves_updated_at=True)

        def follow(other: dict[str, Any]) -> None:
            _follow(other, old, new)

        self.rewrite(self.holders(product_id), follow)
        self._connection.execute(
            "INSERT INTO source_item (sku, sku_key, source_code, quantity, status)"
            " SELECT ?, ?, source_code, quantity, status FROM source_item WHERE sku_key = ?",
            (new, sku_key(new), sku_key(old)),
        )
        return old, new

    def _free_sku(self, sku: str) -> str:
        for n in range(2, 10_000):
            end = f"-R{n}"
            candidate = sku[: 64 - len(end)] + end
            row = self._connection.execute("SELECT 1 FROM product WHERE sku_key = ?", (sku_key(candidate),)).fetchone()
            if row is None:
                return candidate
        raise ChangeRequestError(f"No free SKU like `{sku}`.")

    def move(self, product_id: int) -> str:
        """Into another category and out of its last one, by the category's endpoint: only categories are saved."""
        record = self.record(product_id)
        links = record["extension_attributes"].setdefault("category_links", [])
        held = {int(link["category_id"]) for link in links}
        choice = [
            one["id"]
            for one in self._state.entities("categories")
            if one["level"] >= 2 and one.get("is_active") and one["id"] not in held
        ]
        target = self._random.choice(choice)
        touched = {target}
        if links:
            touched.add(int(links.pop()["category_id"]))
        links.append({"position": 0, "category_id": str(target)})
        ids = [link["category_id"] for link in links]
        record["custom_attributes"] = [
            *(a for a in record["custom_attributes"] if a["attribute_code"] != "category_ids"),
            {"attribute_code": "category_ids", "value": ids},
        ]
        self.save(product_id, record, moves_updated_at=False)
        self._connection.execute("DELETE FROM product_category WHERE product_id = ?", (product_id,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO product_category VALUES (?, ?)", [(int(one), product_id) for one in ids]
        )
        self._touch_categories(touched)
        return str(record["sku"])

    def _touch_categories(self, touched: set[int]) -> None:
        rows = self._connection.execute(
            "SELECT store_id, position, record FROM entity WHERE kind = 'categories'"
        ).fetchall()
        for store_id, position, text in rows:
            record = json.loads(text)
            if record["id"] in touched:
                record["updated_at"] = self._now
                write_entity(self._connection, "categories", store_id, position, record)

    def add(self, count: int) -> list[str]:
        """New products made after existing plain ones, with ids of their own, in stock."""
        models = self.pick(count, _PLAIN, _SOLD)
        (last,) = self._connection.execute("SELECT max(id) FROM product").fetchone()
        made = [self._new_product(self.record(m), last + n) for n, m in enumerate(models, start=1)]
        write_products(self._connection, made)
        self._taken.update(content.record["id"] for content in made)
        return [content.record["sku"] for content in made]

    def _new_product(self, model: dict[str, Any], product_id: int) -> ProductContent:
        tag = f"{product_id}-{self._random.randrange(16**4):04x}"
        price = self._random.randrange(500, 20_000) / 100
        record = {
            **model,
            "id": product_id,
            "sku": f"NEW-{tag}",
            "name": f"{model['name'][:200]} – new {tag}",
            "price": number(price),
            "visibility": 4,
            "created_at": self._now,
            "updated_at": self._now,
            "product_links": [],
            "options": [],
            "tier_prices": [],
            "media_gallery_entries": [
                {**entry, "id": 10_000_000 + product_id * 10 + n}
                for n, entry in enumerate(model["media_gallery_entries"])
            ],
            "custom_attributes": [
                {**a, "value": f"new-{tag}"} if a["attribute_code"] == "url_key" else a
                for a in model["custom_attributes"]
                if not a["attribute_code"].startswith("special_")
            ],
        }
        url_key = custom_value(record, "url_key")
        if url_key is None:
            record["custom_attributes"].append({"attribute_code": "url_key", "value": f"new-{tag}"})
        return ProductContent(record=record, stock={"qty": 25}, source_items=[("default", 25, 1)])


def _forget(record: dict[str, Any], product_id: int, sku: str) -> None:
    """Takes a deleted product out of a record."""
    extension = record["extension_attributes"]
    if "configurable_product_links" in extension:
        extension["configurable_product_links"] = [
            child for child in extension["configurable_product_links"] if child != product_id
        ]
    for option in extension.get("bundle_product_options", ()):
        option["product_links"] = [link for link in option["product_links"] if link["sku"] != sku]
    record["product_links"] = [link for link in record.get("product_links", ()) if link["linked_product_sku"] != sku]


def _follow(record: dict[str, Any], old: str, new: str) -> None:
    """Names a product by its new SKU in a record that names it."""
    for option in record["extension_attributes"].get("bundle_product_options", ()):
        for link in option["product_links"]:
            if link["sku"] == old:
                link["sku"] = new
    for link in record.get("product_links", ()):
        if link["linked_product_sku"] == old:
            link["linked_product_sku"] = new


def apply_changes(state: StoreState, asked: ChangeRequest) -> dict[str, list[Any]]:
    """Makes the edits in one transaction; answers which SKUs were touched and how."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    with state.edit() as connection:
        merchant = _Merchant(state, connection, asked.seed, now)
        priced = "is_price_listed AND type_id <> 'bundle' AND status = 1"
        prices = merchant.pick(asked.price, priced, _SOLD)
        renames = merchant.pick(asked.rename, "status = 1", f"visibility > 1 AND {_SOLD}")
        deletes = merchant.pick(asked.delete, "1", f"{_PLAIN} AND {_ALONE} AND {_SOLD}")
        sku_renames = merchant.pick(asked.sku_rename, "1", f"{_PLAIN} AND {_ALONE} AND {_SOLD}")
        moves = merchant.pick(asked.move, "status = 1", f"visibility > 1 AND {_PLAIN} AND {_SOLD}")
        return {
            "price": [merchant.change_price(product) for product in prices],
            "rename": [merchant.rename(product) for product in renames],
            "sku_rename": [list(merchant.rename_sku(product)) for product in sku_renames],
            "move": [merchant.move(product) for product in moves],
            "delete": [merchant.delete(product) for product in deletes],
            "add": merchant.add(asked.add),
        }
