"""The shop's product attributes, with options and labels in three languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from syncengine.demo.store.generator.shop import FRENCH, GERMAN, LANGUAGE_OF, Entity
from syncengine.demo.store.generator.words import (
    BRANDS,
    COLOURS,
    FORMATS,
    LETTER_SIZES,
    MATERIALS,
    SEASONS,
    SHOE_SIZES,
    Words,
)

_PRICED = ("simple", "virtual", "configurable", "bundle", "downloadable")
_NO: Words = ("No", "Non", "Nein")
_YES: Words = ("Yes", "Oui", "Ja")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSeed:
    """An attribute: letters of `flags` are r required, u user-defined, h hidden, s searchable, c comparable,
    f filterable, v visible on the product page, l listed, o sortable, w editor, m may hold HTML, q unique."""

    id: int
    code: str
    labels: Words | None
    input: str | None
    backend: str
    scope: str
    flags: str = ""
    apply_to: tuple[str, ...] = ()
    options: tuple[tuple[int, Words], ...] = ()


def _seed(
    number: int, code: str, label: str | None, form: str | None, backend: str, scope: str, flags: str = ""
) -> AttributeSeed:
    labels = (label, label, label) if label else None
    apply_to = _PRICED if "price" in code or code.startswith(("special_", "msrp", "tax_", "weight")) else ()
    return AttributeSeed(
        id=number,
        code=code,
        labels=labels,
        input=form,
        backend=backend,
        scope=scope,
        flags=flags,
        apply_to=apply_to,
    )


def _same(words: tuple[str, ...], first: int) -> tuple[tuple[int, Words], ...]:
    return tuple((first + n, (word, word, word)) for n, word in enumerate(words))


def _numbered(words: tuple[Words, ...], first: int) -> tuple[tuple[int, Words], ...]:
    return tuple((first + n, word) for n, word in enumerate(words))


COLOUR_OPTION = {code: 49 + n for n, (code, _) in enumerate(COLOURS)}
SIZE_OPTION = {size: 70 + n for n, size in enumerate(LETTER_SIZES)}
SHOE_OPTION = {size: 80 + n for n, size in enumerate(SHOE_SIZES)}
MATERIAL_OPTIONS = tuple(range(100, 100 + len(MATERIALS)))
SEASON_OPTIONS = tuple(range(120, 120 + len(SEASONS)))
BRAND_OPTIONS = tuple(range(140, 140 + len(BRANDS)))
FORMAT_OPTIONS = tuple(range(160, 160 + len(FORMATS)))
COLOUR_ID, SIZE_ID, SHOE_ID = 93, 144, 145

_SYSTEM = (
    _seed(73, "name", "Product Name", "text", "varchar", "store", "rslo"),
    _seed(74, "sku", "SKU", "text", "static", "global", "rscq"),
    _seed(75, "description", "Description", "textarea", "text", "store", "scwm"),
    _seed(76, "short_description", "Short Description", "textarea", "text", "store", "sclwm"),
    _seed(77, "price", "Price", "price", "decimal", "website", "rslof"),
    _seed(78, "special_price", "Special Price", "price", "decimal", "website", "l"),
    _seed(79, "special_from_date", "Special Price From Date", "date", "datetime", "website", "l"),
    _seed(80, "special_to_date", "Special Price To Date", "date", "datetime", "website", "l"),
    _seed(81, "cost", "Cost", "price", "decimal", "website", "u"),
    _seed(82, "weight", "Weight", "weight", "decimal", "global"),
    _seed(84, "meta_title", "Meta Title", "text", "varchar", "store"),
    _seed(85, "meta_keyword", "Meta Keywords", "textarea", "text", "store"),
    _seed(86, "meta_description", "Meta Description", "textarea", "varchar", "store"),
    _seed(87, "image", "Base", "media_image", "varchar", "store", "l"),
    _seed(88, "small_image", "Small", "media_image", "varchar", "store", "l"),
    _seed(89, "thumbnail", "Thumbnail", "media_image", "varchar", "store", "l"),
    _seed(90, "media_gallery", "Media Gallery", "gallery", "static", "global"),
    _seed(91, "old_id", None, "text", "int", "global", "h"),
    _seed(92, "tier_price", "Tier Price", "text", "decimal", "website"),
    _seed(94, "news_from_date", "Set Product as New from Date", "date", "datetime", "website", "l"),
    _seed(95, "news_to_date", "Set Product as New to Date", "date", "datetime", "website", "l"),
    _seed(97, "status", "Enable Product", "select", "int", "website", "sl"),
    _seed(98, "minimal_price", "Minimal Price", "price", "decimal", "store", "h"),
    _seed(99, "visibility", "Visibility", "select", "int", "store"),
    _seed(105, "category_ids", "Categories", "text", "static", "global"),
    _seed(106, "options_container", "Display Product Options In", "select", "varchar", "store"),
    _seed(107, "required_options", None, "text", "static", "global", "hl"),
    _seed(108, "has_options", None, "text", "static", "global", "h"),
    _seed(109, "image_label", "Image Label", "text", "varchar", "store", "hl"),
    _seed(112, "created_at", None, "date", "static", "global", "rh"),
    _seed(113, "updated_at", None, "date", "static", "global", "rh"),
    _seed(114, "country_of_manufacture", "Country of Manufacture", "select", "varchar", "website"),
    _seed(115, "quantity_and_stock_status", "Quantity", "select", "int", "global"),
    _seed(121, "url_key", "URL Key", "text", "varchar", "store", "sl"),
    _seed(122, "url_path", None, "text", "varchar", "store", "h"),
    _seed(123, "msrp", "Minimum Advertised Price", "price", "decimal", "website", "l"),
    _seed(124, "msrp_display_actual_price_type", "Display Actual Price", "select", "varchar", "website", "l"),
    _seed(125, "price_type", "Dynamic Price", "boolean", "int", "global", "rl"),
    _seed(126, "sku_type", "Dynamic SKU", "boolean", "int", "global", "r"),
    _seed(127, "weight_type", "Dynamic Weight", "boolean", "int", "global", "rl"),
    _seed(128, "price_view", "Price View", "select", "int", "global", "rl"),
    _seed(129, "shipment_type", "Ship Bundle Items", "select", "int", "global", "rl"),
    _seed(130, "links_purchased_separately", "Links can be purchased separately", None, "int", "global", "rl"),
    _seed(131, "samples_title", "Samples title", None, "varchar", "store", "r"),
    _seed(132, "links_title", "Links title", None, "varchar", "store", "r"),
    _seed(133, "links_exist", None, None, "int", "global", "l"),
    _seed(135, "swatch_image", "Swatch", "media_image", "varchar", "store", "l"),
    _seed(136, "tax_class_id", "Tax Class", "select", "int", "website", "sl"),
)


def _own(
    number: int,
    code: str,
    labels: Words,
    form: str,
    backend: str,
    flags: str,
    options: tuple[tuple[int, Words], ...] = (),
    *,
    scope: str = "global",
) -> AttributeSeed:
    return AttributeSeed(
        id=number,
        code=code,
        labels=labels,
        input=form,
        backend=backend,
        scope=scope,
        flags="u" + flags,
        options=options,
    )


_OWN = (
    _own(
        COLOUR_ID,
        "color",
        ("Color", "Couleur", "Farbe"),
        "select",
        "int",
        "lf",
        tuple((COLOUR_OPTION[code], words) for code, words in COLOURS),
    ),
    _own(
        SIZE_ID,
        "size",
        ("Size", "Taille", "Größe"),
        "select",
        "int",
        "lf",
        _same(LETTER_SIZES, SIZE_OPTION["XS"]),
    ),
    _own(
        SHOE_ID,
        "shoe_size",
        ("Shoe Size", "Pointure", "Schuhgröße"),
        "select",
        "int",
        "lf",
        _same(SHOE_SIZES, SHOE_OPTION["37"]),
    ),
    _own(
        146,
        "material",
        ("Material", "Matière", "Material"),
        "multiselect",
        "text",
        "vlf",
        _numbered(MATERIALS, MATERIAL_OPTIONS[0]),
    ),
    _own(
        147,
        "season",
        ("Season", "Saison", "Jahreszeit"),
        "multiselect",
        "text",
        "vf",
        _numbered(SEASONS, SEASON_OPTIONS[0]),
    ),
    _own(
        148,
        "brand",
        ("Brand", "Marque", "Marke"),
        "select",
        "int",
        "slfv",
        _same(BRANDS, BRAND_OPTIONS[0]),
    ),
    _own(149, "eco", ("Eco Collection", "Éco", "Öko"), "boolean", "int", "f", ((1, _YES), (0, _NO))),
    _own(150, "capacity", ("Capacity (l)", "Volume (l)", "Volumen (l)"), "text", "varchar", "vc"),
    _own(151, "released", ("Released", "Sortie", "Erschienen"), "date", "datetime", "v"),
    _own(152, "care", ("Care", "Entretien", "Pflege"), "textarea", "text", "vwm", scope="store"),
    _own(
        153,
        "format",
        ("Format", "Format", "Format"),
        "select",
        "int",
        "vlf",
        _numbered(FORMATS, FORMAT_OPTIONS[0]),
    ),
)
SEEDS = tuple(sorted((*_SYSTEM, *_OWN), key=lambda one: one.id))


def _record(one: AttributeSeed, language: int) -> dict[str, Any]:
    def flag(letter: str) -> bool:
        return letter in one.flags

    def digit(letter: str) -> str:
        return "1" if flag(letter) else "0"

    options = [{"label": words[language], "value": str(value)} for value, words in one.options]
    if options and one.input != "boolean":
        options.insert(0, {"label": " ", "value": ""})
    record: dict[str, Any] = {
        "is_wysiwyg_enabled": flag("w"),
        "is_html_allowed_on_front": flag("m") or flag("u"),
        "used_for_sort_by": flag("o"),
        "is_filterable": flag("f"),
        "is_filterable_in_search": False,
        "is_used_in_grid": False,
        "is_visible_in_grid": False,
        "is_filterable_in_grid": False,
        "position": 0,
        "apply_to": list(one.apply_to),
        "is_searchable": digit("s"),
        "is_visible_in_advanced_search": digit("s"),
        "is_comparable": digit("c"),
        "is_used_for_promo_rules": digit("f"),
        "is_visible_on_front": digit("v"),
        "used_in_product_listing": digit("l"),
        "is_visible": not flag("h"),
        "scope": one.scope,
        "attribute_id": one.id,
        "attribute_code": one.code,
        "frontend_input": one.input or "text",
        "entity_type_id": "4",
        "is_required": flag("r"),
        "options": options,
        "is_user_defined": flag("u"),
        "frontend_labels": [],
        "backend_type": one.backend,
        "is_unique": digit("q"),
        "validation_rules": [],
    }
    if one.labels is not None:
        record["default_frontend_label"] = one.labels[0]
        if flag("u"):
            languages = ((FRENCH, one.labels[1]), (GERMAN, one.labels[2]))
            record["frontend_labels"] = [{"store_id": store, "label": label} for store, label in languages]
    return record


def attribute_entities() -> Iterator[Entity]:
    """The attributes at the admin scope, and those with translated options at each store view."""
    for position, one in enumerate(SEEDS):
        yield "attributes", 0, position, _record(one, 0)
        if one.options:
            for store_id, language in LANGUAGE_OF.items():
                yield "attributes", store_id, position, _record(one, language)
