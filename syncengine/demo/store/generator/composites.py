"""Products made of others: configurables with their variants, bundles, grouped products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncengine.demo.store.content import ProductContent
from syncengine.demo.store.generator import attributes as codes
from syncengine.demo.store.generator.products import Maker
from syncengine.demo.store.generator.shop import FRENCH
from syncengine.demo.store.generator.texts import descriptions, price_in_dollars, product_names
from syncengine.demo.store.generator.words import COLOURS, LETTER_SIZES, NOUNS, SHOE_SIZES, Noun, Words
from syncengine.demo.store.wire import number

_BUNDLE_TITLES: tuple[Words, ...] = (
    ("Main piece", "Pièce principale", "Hauptteil"),
    ("Second piece", "Deuxième pièce", "Zweites Teil"),
    ("Extras", "Extras", "Zubehör"),
)


class CompositeMaker(Maker):
    """Makes composite products of the simple ones made before."""

    def family(self, room: int) -> Iterator[ProductContent]:
        """A configurable product after its variants; at most `room` products, at least three.

        Noun with sizes: colours times sizes, else colours alone. Variants are not visible on their own.
        """
        noun = self.dice.choice(NOUNS)
        brand, brand_option = self._brand()
        colours = self.dice.sample(COLOURS, self.dice.randrange(2, 5))
        sizes = {"letters": LETTER_SIZES, "shoes": SHOE_SIZES}.get(noun.sizes, ("",))
        if len(sizes) > 1:
            sizes = sizes[: self.dice.randrange(3, len(sizes) + 1)]
        combinations = [(colour, size) for colour in colours for size in sizes][: room - 1]
        base_sku = f"{noun.prefix}-{self.last_id + len(combinations) + 1:05d}"
        names = product_names(self.dice, noun, brand, self.last_id)
        texts = descriptions(self.dice)
        price = price_in_dollars(self.dice)
        categories = [noun.category, *self._extra_categories()]
        websites = self._websites()
        children: list[ProductContent] = []
        for colour, size in combinations:
            child = self._variant(noun, base_sku, names, texts, colour, size, price)
            child.record["extension_attributes"]["website_ids"] = list(websites)
            self._put(child, "brand", brand_option)
            self._categorize(child, categories[:1])
            self._stock(child)
            self._own_prices(child)
            children.append(child)
            yield child
        parent = self._start(base_sku, names, texts, kind="configurable", attribute_set=noun.attribute_set, price=0)
        parent.record["extension_attributes"]["website_ids"] = list(websites)
        parent.record["status"] = 1
        self._describe(parent, noun, brand_option)
        self._categorize(parent, categories)
        self._configure(parent, noun, children)
        parent.source_items.append(("default", 0, 1))
        self._link(parent)
        self._remember(parent)
        yield parent

    def _variant(
        self,
        noun: Noun,
        base_sku: str,
        names: Words,
        texts: Words,
        colour: tuple[str, Words],
        size: str,
        price: float,
    ) -> ProductContent:
        code, colour_names = colour
        end = f"-{size}" if size else ""
        full: Words = (
            f"{names[0]}{end}-{colour_names[0]}",
            f"{names[1]}{end}-{colour_names[1]}",
            f"{names[2]}{end}-{colour_names[2]}",
        )
        own = round(price + (2 if size in ("XXL", "44 ½") else 0), 2)
        sku = f"{base_sku}{end.replace(' ½', '.5')}-{code}"
        child = self._start(sku, full, texts, kind="simple", attribute_set=noun.attribute_set, price=own)
        child.record["visibility"] = 1
        child.record["weight"] = number(noun.weight)
        self._put(child, "color", str(codes.COLOUR_OPTION[code]))
        if noun.sizes == "letters":
            self._put(child, "size", str(codes.SIZE_OPTION[size]))
        elif noun.sizes == "shoes":
            self._put(child, "shoe_size", str(codes.SHOE_OPTION[size]))
        return child

    def _configure(self, parent: ProductContent, noun: Noun, children: list[ProductContent]) -> None:
        used: dict[str, list[int]] = {}
        for child in children:
            for attribute in child.record["custom_attributes"]:
                code, value = attribute["attribute_code"], attribute["value"]
                if code in ("color", "size", "shoe_size") and int(value) not in used.setdefault(code, []):
                    used[code].append(int(value))
        ids = {"color": codes.COLOUR_ID, "size": codes.SIZE_ID, "shoe_size": codes.SHOE_ID}
        labels = {"color": "Color", "size": "Size", "shoe_size": "Shoe Size"}
        parent.record["extension_attributes"]["configurable_product_options"] = [
            {
                "id": self._next("configurable"),
                "attribute_id": str(ids[code]),
                "label": labels[code],
                "position": position,
                "values": [{"value_index": value} for value in sorted(values)],
                "product_id": parent.record["id"],
            }
            for position, (code, values) in enumerate(sorted(used.items()))
        ]
        links = [child.record["id"] for child in children]
        parent.record["extension_attributes"]["configurable_product_links"] = links
        self._put(parent, "has_options", "1")
        self._put(parent, "required_options", "1")

    def can_compose(self) -> bool:
        """Whether enough plain products have been made to make others of them."""
        return len(self._plain) >= 8

    def bundle(self, *, is_fixed: bool) -> ProductContent:
        """A bundle: two or three options, the last optional; priced by itself (fixed) or by its parts (dynamic)."""
        brand, _ = self._brand()
        at = self.last_id + 1
        names: Words = (f"{brand} Starter Kit {at}", f"Kit de départ {brand} {at}", f"Startset {brand} {at}")
        texts = descriptions(self.dice)
        price = price_in_dollars(self.dice) if is_fixed else 0
        sku = f"KIT-{at:05d}"
        content = self._start(sku, names, texts, kind="bundle", attribute_set=4, price=price)
        titles = _BUNDLE_TITLES[: self.dice.randrange(2, 4)]
        options = [self._bundle_option(sku, n, title, len(titles), is_fixed) for n, title in enumerate(titles, 1)]
        content.record["extension_attributes"]["bundle_product_options"] = options
        if FRENCH in content.overrides:
            translated = [{**option, "title": title[1]} for option, title in zip(options, titles, strict=True)]
            content.overrides[FRENCH]["extension_attributes"] = {"bundle_product_options": translated}
        kind = "1" if is_fixed else "0"
        for code in ("price_type", "sku_type", "weight_type"):
            self._put(content, code, kind)
        for code in ("price_view", "shipment_type"):
            self._put(content, code, "0")
        self._put(content, "has_options", "1")
        self._put(content, "required_options", "1")
        content.record["weight"] = number(2.5 if is_fixed else 0)
        self._categorize(content, ["gifts"])
        if is_fixed:
            self._own_prices(content)
        self._remember(content)
        return content

    def _bundle_option(self, sku: str, position: int, title: Words, count: int, is_fixed: bool) -> dict[str, Any]:
        option_id = self._next("bundle")
        parts = self.dice.sample(self._plain, self.dice.randrange(1, 4))
        links = [
            {
                "id": str(self._next("selection")),
                "sku": part,
                "option_id": option_id,
                "qty": 1 + (at == 3),
                "position": at,
                "is_default": at == 1,
                "price": number(round(price / 4, 2) if is_fixed else price),
                "price_type": (at + 1) % 2 if is_fixed else None,
                "can_change_quantity": at % 2,
            }
            for at, (part, price) in enumerate(parts, start=1)
        ]
        return {
            "option_id": option_id,
            "title": title[0],
            "required": position < count,
            "type": ("radio", "select", "checkbox")[position % 3],
            "position": position,
            "sku": sku,
            "product_links": links,
        }

    def grouped(self) -> ProductContent:
        """A set of plain products without a price of its own."""
        brand, _ = self._brand()
        at = self.last_id + 1
        names: Words = (f"Set by {brand} No. {at}", f"Ensemble {brand} n° {at}", f"Satz von {brand} Nr. {at}")
        texts = descriptions(self.dice)
        sku = f"SET-{at:05d}"
        content = self._start(sku, names, texts, kind="grouped", attribute_set=4, price=None)
        parts = self.dice.sample(self._plain, self.dice.randrange(2, 5))
        content.record["product_links"] = [
            {
                "sku": sku,
                "link_type": "associated",
                "linked_product_sku": part,
                "linked_product_type": "simple",
                "position": position,
                "extension_attributes": {"qty": position % 2},
            }
            for position, (part, _) in enumerate(parts)
        ]
        self._link(content)
        self._categorize(content, ["gifts"])
        self._remember(content)
        return content
