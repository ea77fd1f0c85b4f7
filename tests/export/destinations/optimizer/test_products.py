from __future__ import annotations

import json
from typing import Any

import pytest

from syncengine.export.destinations.optimizer.products import product as mapped_product
from syncengine.export.destinations.optimizer.scopes import Scopes

from .samples import choice, option, product


def mapped(**values: Any) -> dict[str, Any]:
    return mapped_product(product(**values), Scopes())


def test_the_plain_fields() -> None:
    record = mapped(description="D", shortDescription=None, metaTitle="T", metaKeyword="a\nb", weight=0.5)
    stock = record.pop("attributes")[0]
    assert record == {
        "sku": "A",
        "source": {"locale": "default"},
        "name": "Name",
        "slug": "a",
        "status": "ENABLED",
        "description": "D",
        "visibleIn": ["CATALOG", "SEARCH"],
        "metaTags": {"title": "T", "keywords": ["a", "b"]},
        "images": [],
        "links": [],
        "routes": [],
        "configurations": [],
        "bundles": [],
        "externalIds": [{"id": "7", "origin": "AdobeCommerce"}],
    }
    assert stock["code"] == "aco_ac_attributes"
    assert json.loads(stock["values"][0]) == {"inStock": "true", "lowStock": "false", "weight": 0.5}


@pytest.mark.parametrize(
    ("visibility", "areas"),
    [
        ("Catalog", ["CATALOG"]),
        ("Search", ["SEARCH"]),
        ("Catalog, Search", ["CATALOG", "SEARCH"]),
        ("Not Visible Individually", []),
        (None, []),
    ],
)
def test_where_it_is_visible(visibility: str | None, areas: list[str]) -> None:
    assert mapped(visibility=visibility)["visibleIn"] == areas


COLOR = option(
    id="color",
    label="Color",
    type="configurable",
    values=[
        choice(id="Y29uZmlndXJhYmxlLzkzLzUw", label="Blue", colorHex="#00f"),
        choice(id="Y29uZmlndXJhYmxlLzkzLzUx", label="Green", isDefault=True, imageUrl="https://x/g.png"),
    ],
)


@pytest.mark.parametrize(
    ("kind", "options", "status", "expected"),
    [
        ("simple", None, "Enabled", "ENABLED"),
        ("simple", None, "Disabled", "DISABLED"),
        ("simple", None, None, "DISABLED"),
        ("configurable", None, "Enabled", "DISABLED"),
        ("configurable", [COLOR], "Enabled", "ENABLED"),
        ("configurable", [option(id="color", type="configurable", values=[])], "Enabled", "DISABLED"),
        ("bundle", [option(type="bundle", values=[choice(sku=None)])], "Enabled", "DISABLED"),
        ("grouped", None, "Enabled", "ENABLED"),
    ],
)
def test_a_composite_without_parts_is_disabled(
    kind: str, options: list[Any] | None, status: str | None, expected: str
) -> None:
    assert mapped(productType=kind, optionsV2=options, status=status)["status"] == expected


def test_the_choices_of_a_configurable() -> None:
    assert mapped(productType="configurable", optionsV2=[COLOR])["configurations"] == [
        {
            "attributeCode": "color",
            "label": "Color",
            "defaultVariantReferenceId": "color/51",
            "type": "CONFIGURABLE",
            "values": [
                {"variantReferenceId": "color/50", "label": "Blue", "colorHex": "#00f"},
                {"variantReferenceId": "color/51", "label": "Green", "imageUrl": "https://x/g.png"},
            ],
        }
    ]
    swatch = {**COLOR, "swatchType": "COLOR_HEX"}
    assert mapped(productType="configurable", optionsV2=[swatch])["configurations"][0]["type"] == "SWATCH"


@pytest.mark.parametrize("uid", ["not base64!", "Zm9vL2Jhcg==", "/w=="])
def test_a_uid_of_another_form_stays_as_it_is(uid: str) -> None:
    odd = option(id="c", type="configurable", values=[choice(id=uid)])
    value = mapped(productType="configurable", optionsV2=[odd])["configurations"][0]["values"][0]
    assert value == {"variantReferenceId": f"c/{uid}"}


def test_a_variant_refers_to_its_parents_choices() -> None:
    attributes = [
        {"attributeCode": "color", "value": ["Blue"], "valueId": ["50"]},
        {"attributeCode": "material", "value": ["Silk", None], "valueId": ["1", "2"]},
        {"attributeCode": "care", "value": ["Wash"], "valueId": None},
        {"attributeCode": "weight", "value": ["1"], "valueId": None},
    ]
    parents = [{"sku": "P", "productType": "configurable"}]
    assert mapped(attributes=attributes, parents=parents)["attributes"][1:] == [
        {"code": "color", "values": ["Blue"], "variantReferenceId": "color/50"},
        {"code": "material", "values": ["Silk"]},
        {"code": "care", "values": ["Wash"]},
    ]
    assert mapped(attributes=attributes)["attributes"][1] == {"code": "color", "values": ["Blue"]}


def test_links_and_parents() -> None:
    parents = [{"sku": kind, "productType": kind} for kind in ("configurable", "bundle", "bundle_fixed", "grouped")]
    links = [{"sku": "R", "type": "related"}, {"sku": None, "type": "upsell"}]
    assert mapped(links=links, parents=[*parents, {"sku": None, "productType": "bundle"}])["links"] == [
        {"type": "RELATED", "sku": "R"},
        {"type": "VARIANT_OF", "sku": "configurable"},
        {"type": "IN_BUNDLE", "sku": "bundle"},
        {"type": "IN_BUNDLE", "sku": "bundle_fixed"},
        {"type": "GROUPED", "sku": "grouped"},
    ]


def test_images_stand_in_their_order_with_their_roles() -> None:
    roles = ["image", "small_image", "thumbnail", "swatch_image", "hide_from_pdp", "mine"]
    images = [
        {"resource": {"url": "u10", "label": None, "roles": roles}, "sortOrder": "10"},
        {"resource": {"url": "u9", "label": "L", "roles": None}, "sortOrder": "9"},
        {"resource": {"url": None, "label": "L", "roles": None}, "sortOrder": "x"},
    ]
    assert mapped(images=images)["images"] == [
        {"url": "u9", "label": "L", "roles": [], "customRoles": []},
        {
            "url": "u10",
            "label": "",
            "roles": ["BASE", "SMALL", "THUMBNAIL", "SWATCH"],
            "customRoles": ["hide_from_pdp", "mine"],
        },
    ]


def test_categories_are_routes() -> None:
    categories = [
        {"categoryId": "1", "categoryPath": "men", "productPosition": None},
        {"categoryId": "2", "categoryPath": "men/pants", "productPosition": -4},
        {"categoryId": "3", "categoryPath": "", "productPosition": 1},
    ]
    assert mapped(categoryData=categories)["routes"] == [
        {"path": "men", "position": 0},
        {"path": "men/pants", "position": -4},
    ]


def test_the_groups_of_a_bundle() -> None:
    values = [
        choice(sku="X", qty=2.5, qtyMutability=True, isDefault=True),
        choice(sku="Y", isDefault=False),
        choice(sku=None),
    ]
    options = [
        option(type="bundle", label="Tops", required=True, renderType="checkbox", values=values),
        option(type="bundle", label=None, renderType="radio", values=[choice(sku="Z", qty=1)]),
        option(type="bundle", label="Empty", values=[]),
        option(type="custom_option", label="Engraving", values=[choice(label="yes")]),
    ]
    assert mapped(productType="bundle", optionsV2=options)["bundles"] == [
        {
            "group": "Tops",
            "required": True,
            "multiSelect": True,
            "defaultItemSkus": ["X"],
            "items": [
                {"sku": "X", "qty": 2.5, "userDefinedQty": True},
                {"sku": "Y", "qty": 0, "userDefinedQty": False},
            ],
        },
        {
            "group": "Bundle group",
            "required": False,
            "multiSelect": False,
            "defaultItemSkus": [],
            "items": [{"sku": "Z", "qty": 1, "userDefinedQty": False}],
        },
    ]
