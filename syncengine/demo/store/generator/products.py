"""Products of the generated shop, type by type."""

from __future__ import annotations

import random
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from syncengine.demo.store.content import ProductContent
from syncengine.demo.store.generator import attributes as codes
from syncengine.demo.store.generator.awkward import Awkward
from syncengine.demo.store.generator.prices import add_special_price, add_tier_prices
from syncengine.demo.store.generator.shop import CATEGORY_ID, EUROPE, EUROPE_STORES, FRENCH, LANGUAGE_OF
from syncengine.demo.store.generator.texts import (
    descriptions,
    price_in_dollars,
    price_in_euros,
    product_names,
    slug,
)
from syncengine.demo.store.generator.words import (
    BRANDS,
    COLOURS,
    COURSES,
    NOUNS,
    SERVICES,
    Noun,
    Words,
)
from syncengine.demo.store.wire import number

_BEGIN = datetime(2025, 3, 3, 9)
_POOL = 60


class Maker:
    """Makes products with rising ids; everything follows from the seed and the order of the calls."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.last_id = 0
        self._ids: dict[str, int] = {}
        self._pool: deque[tuple[str, str, float]] = deque(maxlen=_POOL)  # sku, type, price
        self._plain: deque[tuple[str, float]] = deque(maxlen=_POOL)  # simples that others may hold

    def _next(self, counter: str) -> int:
        self._ids[counter] = self._ids.get(counter, 0) + 1
        return self._ids[counter]

    def _times(self) -> tuple[str, str]:
        created = _BEGIN + timedelta(seconds=self.last_id * 2)
        saved = created + timedelta(days=self.dice.randrange(1, 200)) if self.dice.random() < 0.1 else created
        return created.strftime("%Y-%m-%d %H:%M:%S"), saved.strftime("%Y-%m-%d %H:%M:%S")

    def _websites(self) -> list[int]:
        roll = self.dice.random()
        return [1, 2] if roll < 0.72 else [1] if roll < 0.96 else [2]

    def _gallery(self, label: str, stem: str, count: int) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        for at in range(1, count + 1):
            entries.append(
                {
                    "id": self._next("gallery"),
                    "media_type": "image",
                    "label": label if at == 1 else "",
                    "position": at,
                    "disabled": at > 2 and at % 3 == 0,
                    "types": ["image", "small_image", "thumbnail"] if at == 1 else [],
                    "file": f"/{stem[0]}/{stem[1]}/{stem}_{at}.jpg",
                }
            )
        return entries

    def _start(
        self, sku: str, names: Words, texts: Words, *, kind: str, attribute_set: int, price: float | None
    ) -> ProductContent:
        """A product with what every type has; the caller adds the rest."""
        self.last_id += 1
        product_id = self.last_id
        created, updated = self._times()
        websites = self._websites()
        stem = f"{slug(sku)[:20]}-{product_id}"
        gallery = self._gallery(names[0], stem, self.dice.randrange(1, 5))
        image = gallery[0]["file"]
        url = f"{slug(names[0])[:60]}-{product_id}"
        record: dict[str, Any] = {
            "id": product_id,
            "sku": sku,
            "name": names[0],
            "attribute_set_id": attribute_set,
            "price": number(price),
            "status": 2 if self.dice.random() < 0.03 else 1,
            "visibility": 4,
            "type_id": kind,
            "created_at": created,
            "updated_at": updated,
            "extension_attributes": {"website_ids": websites, "category_links": []},
            "product_links": [],
            "options": [],
            "media_gallery_entries": gallery,
            "tier_prices": [],
            "custom_attributes": [
                {"attribute_code": "image", "value": image},
                {"attribute_code": "small_image", "value": image},
                {"attribute_code": "thumbnail", "value": image},
                {"attribute_code": "url_key", "value": url},
                {"attribute_code": "options_container", "value": "container2"},
                {"attribute_code": "required_options", "value": "0"},
                {"attribute_code": "has_options", "value": "0"},
                {"attribute_code": "tax_class_id", "value": "2"},
                {"attribute_code": "category_ids", "value": []},
                {"attribute_code": "description", "value": texts[0]},
                {"attribute_code": "meta_title", "value": names[0]},
            ],
        }
        if price is None:
            del record["price"]
        content = ProductContent(record=record)
        self._translate(content, names, texts, url)
        return content

    def _translate(self, content: ProductContent, names: Words, texts: Words, url: str) -> None:
        websites = content.record["extension_attributes"]["website_ids"]
        if self.dice.random() < 0.02:
            content.overrides[1] = {"name": f"{names[0]} (US)"}
        if self.dice.random() >= 0.92:
            return
        for store_id, language in LANGUAGE_OF.items():
            content.overrides[store_id] = {
                "name": names[language],
                "custom_attributes": {
                    "description": texts[language],
                    "meta_title": names[language],
                    "url_key": f"{slug(names[language])[:60]}-{url.rpartition('-')[2]}",
                },
            }
        if EUROPE in websites and self.dice.random() < 0.015:
            content.overrides[FRENCH]["status"] = 2

    def _put(self, content: ProductContent, code: str, value: Any) -> None:
        for attribute in content.record["custom_attributes"]:
            if attribute["attribute_code"] == code:
                attribute["value"] = value
                return
        content.record["custom_attributes"].append({"attribute_code": code, "value": value})

    def _categorize(self, content: ProductContent, keys: list[str]) -> None:
        ids = list(dict.fromkeys(CATEGORY_ID[key] for key in keys))
        content.record["extension_attributes"]["category_links"] = [
            {"position": self.dice.randrange(-50, 50), "category_id": str(one)} for one in ids
        ]
        self._put(content, "category_ids", [str(one) for one in ids])

    def _extra_categories(self) -> list[str]:
        roll = self.dice.random()
        if roll < 0.1:
            return ["sale"]
        if roll < 0.15:
            return ["gifts"]
        if roll < 0.17:
            return ["vip"]
        if roll < 0.19:
            return ["archive-2023", "archive"]
        return []

    def _stock(self, content: ProductContent, quantity: float | None = None) -> None:
        if quantity is None:
            quantity = 0 if self.dice.random() < 0.06 else self.dice.randrange(1, 200)
        status = int(quantity > 0)
        if quantity != 0:
            content.stock["qty"] = number(quantity)
        else:
            content.stock["is_in_stock"] = False
        content.source_items.append(("default", quantity, status))
        if self.dice.random() < 0.4:
            content.source_items.append(("eu_hub", self.dice.randrange(0, 40), 1))

    def _own_prices(self, content: ProductContent) -> None:
        """The second website's price, special and tier prices."""
        record = content.record
        if EUROPE in record["extension_attributes"]["website_ids"] and self.dice.random() < 0.9:
            for store_id in EUROPE_STORES:
                override = content.overrides.setdefault(store_id, {})
                override["price"] = number(price_in_euros(record["price"]))
        add_special_price(self.dice, content)
        add_tier_prices(self.dice, content)

    def _link(self, content: ProductContent, share: float = 0.3) -> None:
        """Related, up-sell and cross-sell links to products made before."""
        if len(self._pool) < 10 or self.dice.random() >= share:
            return
        for kind in ("related", "upsell", "crosssell"):
            for position, (sku, target, _) in enumerate(self.dice.sample(self._pool, 2), start=1):
                content.record["product_links"].append(
                    {
                        "sku": content.record["sku"],
                        "link_type": kind,
                        "linked_product_sku": sku,
                        "linked_product_type": target,
                        "position": position,
                    }
                )

    def _remember(self, content: ProductContent) -> None:
        record = content.record
        self._pool.append((record["sku"], record["type_id"], record.get("price") or 0))
        if record["type_id"] == "simple" and not record["options"]:
            self._plain.append((record["sku"], record["price"]))

    def _brand(self) -> tuple[str, str]:
        at = self.dice.randrange(len(BRANDS))
        return BRANDS[at], str(codes.BRAND_OPTIONS[at])

    def _describe(self, content: ProductContent, noun: Noun, brand_option: str) -> None:
        """The shop's own attributes: selects, multiselects, yes/no, text, a date."""
        self._put(content, "brand", brand_option)
        materials = sorted(self.dice.sample(codes.MATERIAL_OPTIONS, 2))
        self._put(content, "material", ",".join(map(str, materials)))
        if noun.attribute_set == 10:
            self._put(content, "capacity", str(self.dice.randrange(1, 80)))
            self._put(content, "released", f"202{self.dice.randrange(1, 5)}-05-01 00:00:00")
        else:
            self._put(content, "season", str(self.dice.choice(codes.SEASON_OPTIONS)))
            self._put(content, "care", "<p>Machine wash 30&deg;</p>")
        if self.dice.random() < 0.3:
            self._put(content, "eco", "1")

    def simple(self) -> ProductContent:
        """A simple product of its own."""
        noun = self.dice.choice(NOUNS)
        brand, option = self._brand()
        sku = f"{noun.prefix}-{self.last_id + 1:05d}"
        names = product_names(self.dice, noun, brand, self.last_id + 1)
        content = self._start(
            sku,
            names,
            descriptions(self.dice),
            kind="simple",
            attribute_set=noun.attribute_set,
            price=price_in_dollars(self.dice),
        )
        content.record["weight"] = number(noun.weight)
        self._describe(content, noun, option)
        self._put(content, "color", str(codes.COLOUR_OPTION[self.dice.choice(COLOURS)[0]]))
        self._categorize(content, [noun.category, *self._extra_categories()])
        self._stock(content)
        self._own_prices(content)
        self._link(content)
        if self.dice.random() < 0.06:
            self._custom_options(content)
        self._remember(content)
        return content

    def _custom_options(self, content: ProductContent) -> None:
        sku = content.record["sku"]
        first, second = self._next("value"), self._next("value")
        choice = {
            "product_sku": sku,
            "option_id": self._next("option"),
            "title": "Engraving colour",
            "type": "drop_down",
            "sort_order": 1,
            "is_require": True,
            "values": [
                _option_value(first, "Gold", 1, 5, "fixed", "gold"),
                _option_value(second, "Silver", 2, 10, "percent", "silver"),
            ],
        }
        text = {
            "product_sku": sku,
            "option_id": self._next("option"),
            "title": "Text",
            "type": "field",
            "sort_order": 2,
            "is_require": False,
            "price": 3.5,
            "price_type": "fixed",
            "sku": "txt",
            "max_characters": 30,
        }
        content.record["options"] = [choice, text]
        self._put(content, "has_options", "1")
        self._put(content, "required_options", "1")
        if FRENCH in content.overrides:
            titles = [
                {**choice, "title": "Couleur de gravure"},
                {**text, "title": "Texte", "price": 3.2},
            ]
            content.overrides[FRENCH]["options"] = titles

    def awkward(self, one: Awkward) -> ProductContent:
        """A product that is plain but for what makes it awkward."""
        noun = NOUNS[7]
        names = (one.name, one.name, one.name)
        texts = descriptions(self.dice)
        content = self._start(one.sku, names, texts, kind="simple", attribute_set=4, price=12.5)
        record = content.record
        record["status"] = 1
        record["weight"] = 1
        record.update(one.record)
        record["extension_attributes"]["website_ids"] = list(one.websites)
        content.overrides.pop(1, None)
        for override in content.overrides.values():
            override.pop("status", None)
        if one.is_categorized:
            self._categorize(content, [noun.category])
        if one.has_source_item:
            self._stock(content, one.quantity)
        return content

    def virtual(self) -> ProductContent:
        """A service: no weight, priced, in stock."""
        names = self.dice.choice(SERVICES)
        number_text = f"{self.last_id + 1}"
        full: Words = (f"{names[0]} {number_text}", f"{names[1]} {number_text}", f"{names[2]} {number_text}")
        texts = descriptions(self.dice)
        price = price_in_dollars(self.dice)
        sku = f"SV-{self.last_id + 1:05d}"
        content = self._start(sku, full, texts, kind="virtual", attribute_set=4, price=price)
        self._categorize(content, ["gifts"])
        self._stock(content)
        self._own_prices(content)
        self._remember(content)
        return content

    def downloadable(self) -> ProductContent:
        """A course to download: links with prices, samples, no managed stock."""
        course = self.dice.choice(COURSES)
        part = self.last_id + 1
        names: Words = (f"{course[0]} Vol. {part}", f"{course[1]} vol. {part}", f"{course[2]} Teil {part}")
        texts = descriptions(self.dice)
        price = price_in_dollars(self.dice)
        sku = f"DL-{part:05d}"
        content = self._start(sku, names, texts, kind="downloadable", attribute_set=12, price=price)
        extension = content.record["extension_attributes"]
        extension["downloadable_product_links"] = [
            {
                "id": self._next("link"),
                "title": f"{course[0]} – part {at}",
                "sort_order": at,
                "is_shareable": 2,
                "price": number(round(price / 2, 2)),
                "number_of_downloads": 0,
                "link_type": "file",
                "link_file": f"/c/o/{slug(course[0])}-{at}.mp4",
                "sample_type": None,
            }
            for at in range(1, self.dice.randrange(2, 4))
        ]
        extension["downloadable_product_samples"] = [
            {
                "id": self._next("sample"),
                "title": "Trailer",
                "sort_order": 1,
                "sample_type": "file",
                "sample_file": f"/t/r/{slug(course[0])}.mp4",
            }
        ]
        for code, value in (("links_title", "Downloads"), ("samples_title", "Trailers")):
            self._put(content, code, value)
        self._put(content, "links_purchased_separately", str(self.dice.randrange(2)))
        self._put(content, "format", str(self.dice.choice(codes.FORMAT_OPTIONS)))
        self._categorize(content, ["training"])
        content.stock |= {"qty": None, "use_config_manage_stock": False, "manage_stock": False}
        content.source_items.append(("default", 0, 1))
        self._own_prices(content)
        self._link(content)
        self._remember(content)
        return content


def _option_value(number_: int, title: str, order: int, price: float, price_type: str, sku: str) -> dict[str, Any]:
    return {
        "title": title,
        "sort_order": order,
        "price": price,
        "price_type": price_type,
        "sku": sku,
        "option_type_id": number_,
    }
