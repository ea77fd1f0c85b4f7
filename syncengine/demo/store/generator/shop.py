"""The shop around the products: stores, currencies, groups, attribute sets, sources, categories, permissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from syncengine.demo.store.generator.words import Words

Entity = tuple[str, int, int, dict[str, Any]]
FRENCH, GERMAN = 2, 3
LANGUAGE_OF = {FRENCH: 1, GERMAN: 2}
EUROPE_STORES = (FRENCH, GERMAN)
BASE, EUROPE = 1, 2
CREATED = "2025-03-03 09:00:00"

WEBSITES = (
    {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
    {"id": BASE, "code": "base", "name": "Main Website", "default_group_id": 1},
    {"id": EUROPE, "code": "europe", "name": "Europe", "default_group_id": 2},
)
STORE_GROUPS = (
    {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "name": "Default", "code": "default"},
    {
        "id": 1,
        "website_id": BASE,
        "root_category_id": 2,
        "default_store_id": 1,
        "name": "Main Website Store",
        "code": "main_website_store",
    },
    {
        "id": 2,
        "website_id": EUROPE,
        "root_category_id": 2,
        "default_store_id": FRENCH,
        "name": "Boutique Européenne",
        "code": "europe_store",
    },
)


def _view(number: int, code: str, name: str, website: int, *, is_active: int = 1) -> dict[str, Any]:
    return {
        "id": number,
        "code": code,
        "name": name,
        "website_id": website,
        "store_group_id": website,
        "is_active": is_active,
    }


STORE_VIEWS = (
    _view(0, "admin", "Admin", 0),
    _view(1, "default", "Default Store View", BASE),
    _view(FRENCH, "fr", "Français", EUROPE),
    _view(GERMAN, "de", "Deutsch", EUROPE),
    _view(4, "es", "Español (en preparación)", BASE, is_active=0),
)


def _config(view: dict[str, Any], locale: str, currency: str, timezone: str, weight: str) -> dict[str, Any]:
    base = "https://shop.example.com/" if view["website_id"] == BASE else "https://boutique.example.eu/"
    return {
        "id": view["id"],
        "code": view["code"],
        "website_id": view["website_id"],
        "locale": locale,
        "base_currency_code": currency,
        "default_display_currency_code": currency,
        "timezone": timezone,
        "weight_unit": weight,
        "base_url": base,
        "base_link_url": base,
        "base_static_url": f"{base}static/",
        "base_media_url": f"{base}media/",
        "secure_base_url": base,
        "secure_base_link_url": base,
        "secure_base_static_url": f"{base}static/",
        "secure_base_media_url": f"{base}media/",
    }


STORE_CONFIGS = (
    _config(STORE_VIEWS[1], "en_US", "USD", "America/Chicago", "lbs"),
    _config(STORE_VIEWS[2], "fr_FR", "EUR", "Europe/Paris", "kgs"),
    _config(STORE_VIEWS[3], "de_DE", "EUR", "Europe/Berlin", "kgs"),
    _config(STORE_VIEWS[4], "es_ES", "USD", "America/Chicago", "lbs"),
)
GROUPS = {0: "NOT LOGGED IN", 1: "General", 2: "Wholesale", 3: "Retailer", 4: "VIP – Côte d’Azur"}
ATTRIBUTE_SETS = ((4, "Default"), (9, "Clothing"), (10, "Equipment"), (11, "Footwear"), (12, "Training"))
SET_MEMBERS = {
    4: ["brand", "color", "material"],
    9: ["brand", "color", "size", "material", "season", "eco", "care"],
    10: ["brand", "color", "material", "capacity", "eco", "released"],
    11: ["brand", "color", "shoe_size", "material", "season", "care"],
    12: ["format", "released"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySeed:
    """A category of the shop."""

    id: int
    key: str
    parent: str
    names: Words
    is_active: bool = True
    is_anchor: bool = True
    in_menu: bool = True


CATEGORIES = (
    CategorySeed(id=3, key="clothing", parent="root", names=("Clothing", "Vêtements", "Kleidung")),
    CategorySeed(id=4, key="jackets", parent="clothing", names=("Jackets", "Vestes", "Jacken")),
    CategorySeed(id=5, key="tops", parent="clothing", names=("Tops", "Hauts", "Oberteile")),
    CategorySeed(id=6, key="trousers", parent="clothing", names=("Trousers", "Pantalons", "Hosen")),
    CategorySeed(id=7, key="footwear", parent="root", names=("Footwear", "Chaussures", "Schuhe")),
    CategorySeed(id=8, key="equipment", parent="root", names=("Equipment", "Équipement", "Ausrüstung")),
    CategorySeed(id=9, key="bags", parent="equipment", names=("Bags & Packs", "Sacs", "Taschen & Rucksäcke")),
    CategorySeed(id=10, key="tents", parent="equipment", names=("Tents", "Tentes", "Zelte")),
    CategorySeed(id=11, key="cooking", parent="equipment", names=("Cooking", "Cuisine", "Kochen")),
    CategorySeed(id=12, key="lights", parent="equipment", names=("Lights", "Éclairage", "Licht")),
    CategorySeed(id=13, key="training", parent="root", names=("Training", "Formation", "Kurse"), is_anchor=False),
    CategorySeed(id=14, key="gifts", parent="root", names=("Gifts &amp; More", "Cadeaux", "Geschenke")),
    CategorySeed(id=15, key="sale", parent="root", names=("Sale", "Soldes", "Angebote"), is_anchor=False),
    CategorySeed(id=16, key="vip", parent="root", names=("VIP Lounge", "Salon VIP", "VIP"), in_menu=False),
    CategorySeed(id=17, key="archive", parent="root", names=("Archive", "Archives", "Archiv"), is_active=False),
    CategorySeed(id=18, key="archive-2023", parent="archive", names=("Season 2023", "Saison 2023", "Saison 2023")),
    CategorySeed(id=19, key="archive-2022", parent="archive", names=("Season 2022", "Saison 2022", "Saison 2022")),
    CategorySeed(id=20, key="empty", parent="equipment", names=("Coming Soon", "Bientôt", "Demnächst")),
)
CATEGORY_ID = {one.key: one.id for one in CATEGORIES}


_CHILDREN: dict[str, list[CategorySeed]] = {}
_PATHS = {"root": "1/2"}
_URLS = {"root": ""}
for _one in CATEGORIES:  # parents stand before their children
    _CHILDREN.setdefault(_one.parent, []).append(_one)
    _PATHS[_one.key] = f"{_PATHS[_one.parent]}/{_one.id}"
    _URLS[_one.key] = f"{_URLS[_one.parent]}/{_one.key}".strip("/")


def _below(key: str) -> int:
    """How many categories lie below."""
    return sum(1 + _below(child.key) for child in _CHILDREN.get(key, ()))


def _listed(key: str) -> str:
    """The active children, as a category names them."""
    return ",".join(str(child.id) for child in _CHILDREN.get(key, ()) if child.is_active)


def _category_records(language: int) -> Iterator[dict[str, Any]]:
    times = {"created_at": CREATED, "updated_at": CREATED}
    yield {
        "id": 1,
        "parent_id": 0,
        "name": "Root Catalog",
        "position": 0,
        "level": 0,
        "children": "2",
        **times,
        "path": "1",
        "include_in_menu": True,
        "custom_attributes": _custom({"path": "1", "children_count": str(_below("root") + 1)}),
    }
    root = {"display_mode": "PRODUCTS", "path": "1/2", "children_count": str(_below("root"))}
    yield {
        "id": 2,
        "parent_id": 1,
        "name": ("Default Category", "Catégorie racine", "Stammkategorie")[language],
        "is_active": True,
        "position": 1,
        "level": 1,
        "children": _listed("root"),
        **times,
        "path": "1/2",
        "include_in_menu": True,
        "custom_attributes": _custom(root),
    }
    for one in CATEGORIES:
        yield {
            "id": one.id,
            "parent_id": 2 if one.parent == "root" else CATEGORY_ID[one.parent],
            "name": one.names[language],
            "is_active": one.is_active,
            "position": _CHILDREN[one.parent].index(one) + 1,
            "level": _PATHS[one.key].count("/"),
            "children": _listed(one.key),
            **times,
            "path": _PATHS[one.key],
            "include_in_menu": one.in_menu,
            "custom_attributes": _custom(_category_values(one, one.names[language])),
        }


def _category_values(one: CategorySeed, name: str) -> dict[str, str]:
    values = {
        "display_mode": "PAGE" if one.parent == "root" else "PRODUCTS",
        "is_anchor": "1" if one.is_anchor else "0",
        "path": _PATHS[one.key],
        "children_count": str(_below(one.key)),
        "url_key": one.key,
        "url_path": _URLS[one.key],
        "description": f"<p>{name}</p>",
        "meta_title": name,
    }
    if one.key in ("clothing", "equipment"):
        values["image"] = f"/media/catalog/category/{one.key}.jpg"
    return values


def _custom(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"attribute_code": code, "value": value} for code, value in values.items()]


def _permissions() -> Iterator[dict[str, Any]]:
    """Adobe Commerce's category permissions: -1 allow, -2 deny, 0 inherit; null means all."""
    rows = (
        (16, None, 0, -2, -2, -2),
        (16, None, 1, -2, -2, -2),
        (16, None, 4, -1, -1, -1),
        (15, None, None, -1, -1, -1),
        (15, EUROPE, 0, -1, -2, -2),
        (9, BASE, 2, -1, -1, -2),
        (13, EUROPE, None, -1, -1, 0),
        (12, None, 3, -2, 0, 0),
        (17, None, None, -2, -2, -2),
    )
    for number, (category, website, group, view, price, cart) in enumerate(rows, start=1):
        yield {
            "permission_id": number,
            "category_id": category,
            "website_id": website,
            "customer_group_id": group,
            "grant_catalog_category_view": view,
            "grant_catalog_product_price": price,
            "grant_checkout_items": cart,
        }


def _sources() -> Iterator[Entity]:
    for position, (code, name, country) in enumerate(
        (("default", "Default Source", "US"), ("eu_hub", "Entrepôt de Lyon", "FR"))
    ):
        yield (
            "sources",
            0,
            position,
            {
                "source_code": code,
                "name": name,
                "enabled": True,
                "description": name,
                "latitude": 0,
                "longitude": 0,
                "country_id": country,
                "postcode": "00000",
                "use_default_carrier_config": True,
                "carrier_links": [],
                "extension_attributes": {"is_pickup_location_active": False, "frontend_name": ""},
            },
        )
    for number, name, site, codes in (
        (1, "Default Stock", "base", ("default",)),
        (2, "Europe", "europe", ("eu_hub", "default")),
    ):
        channels = {"sales_channels": [{"type": "website", "code": site}]}
        yield "stocks", 0, number, {"stock_id": number, "name": name, "extension_attributes": channels}
        for priority, code in enumerate(codes, start=1):
            link = {"stock_id": number, "source_code": code, "priority": priority}
            yield "stock_source_links", 0, number * 10 + priority, link


def shop_entities() -> Iterator[Entity]:
    """Everything of the shop but attributes and products."""
    lists: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
        ("websites", WEBSITES),
        ("store_groups", STORE_GROUPS),
        ("store_views", STORE_VIEWS),
        ("store_configs", STORE_CONFIGS),
    )
    for kind, records in lists:
        for position, record in enumerate(records):
            yield kind, 0, position, record
    for number, code in GROUPS.items():
        tax = {"tax_class_id": 3, "tax_class_name": "Retail Customer"}
        yield "customer_groups", 0, number, {"id": number, "code": code, **tax}
    for position, (number, name) in enumerate(ATTRIBUTE_SETS):
        one = {"attribute_set_id": number, "attribute_set_name": name, "sort_order": int(number == 4)}
        yield "attribute_sets", 0, position, {**one, "entity_type_id": 4}
        members = {"attribute_set_id": number, "attribute_codes": SET_MEMBERS[number]}
        yield "attribute_set_members", 0, position, members
    for store_id, language in ((0, 0), *LANGUAGE_OF.items()):
        for position, record in enumerate(_category_records(language)):
            yield "categories", store_id, position, record
    for position, record in enumerate(_permissions()):
        yield "category_permissions", 0, position, record
    yield from _sources()
