"""A change of each field of the products feed."""

from __future__ import annotations

from typing import Any

from odd_catalog import Item, image, link

from .workshop import (
    STOCK_ITEM,
    Edit,
    Workshop,
    at,
    both,
    custom,
    extension,
    family,
    gone,
    inside,
    price_item,
    product_item,
    values,
)

_OPTION = {"option_id": 1, "title": "Wrap", "type": "drop_down", "sort_order": 1, "is_require": True, "values": []}
_INPUT = {"option_id": 2, "title": "Text", "type": "field", "sort_order": 1, "is_require": False, "price": 3}
_LINK = {"id": 1, "title": "Part", "sort_order": 1, "price": 4, "number_of_downloads": 3}
_SAMPLE = {"id": 1, "title": "Sample", "sort_order": 1}
_VIDEO = {"media_type": "external-video", "video_title": "Before", "video_url": "https://video.example/1"}


def _bundle(**changes: str) -> Item:
    return {"kind": "bundle", "custom": {"price_type": "0", "price_view": "0", "weight_type": "0", **changes}}


def _download(**changes: Any) -> Item:
    content = {"downloadable_product_links": [], "downloadable_product_samples": [dict(_SAMPLE)], **changes}
    return {
        "kind": "downloadable",
        "custom": {"links_purchased_separately": "0", "samples_title": "Samples"},
        "extension": content,
    }


def _gallery(**changes: Any) -> Item:
    return {"media_gallery_entries": [image(1, "/a/1.jpg", "image", **changes)]}


_TEXTS = {
    "shortDescription": "short_description",
    "description": "description",
    "metaDescription": "meta_description",
    "metaKeyword": "meta_keyword",
    "metaTitle": "meta_title",
}
_IMAGES = {"image": "image", "smallImage": "small_image", "swatchImage": "swatch_image", "thumbnail": "thumbnail"}
_URLS = ("urlKey", "url", "urlRewrites")

# field -> (the product, the change of its record, what else of its item must change)
_PRODUCT_EDITS: dict[str, tuple[Item, Edit, tuple[str, ...]]] = {
    **{field: ({"custom": {code: "Before"}}, custom(code, "After"), ()) for field, code in _TEXTS.items()},
    **{field: ({"custom": {code: "/a/1.jpg"}}, custom(code, "/a/2.jpg"), ()) for field, code in _IMAGES.items()},
    **{field: ({}, custom("url_key", f"new-{field.lower()}"), _URLS) for field in _URLS},
    "name": ({}, values(name="After"), ()),
    "productType": ({}, values(type_id="virtual"), ("type",)),
    "priceView": (_bundle(), custom("price_view", "1"), ()),
    "linksExist": (
        _download(),
        extension(downloadable_product_links=[dict(_LINK)]),
        ("optionsV2", "attributes"),
    ),
    "linksPurchasedSeparately": (_download(), custom("links_purchased_separately", "1"), ("attributes",)),
    "samplesTitle": (_download(), custom("samples_title", "After"), ()),
    "samples": (_download(), extension(downloadable_product_samples=[{**_SAMPLE, "title": "After"}]), ("attributes",)),
    "status": ({}, values(status=2), ("displayable", "buyable", "inventory")),
    "taxClassId": ({}, custom("tax_class_id", "3"), ()),
    "createdAt": ({}, values(created_at="2026-01-01 00:00:01"), ()),
    "updatedAt": ({}, values(updated_at="2026-03-01 00:00:00"), ("modifiedAt",)),
    "modifiedAt": ({}, values(updated_at="2026-03-01 00:00:00"), ("updatedAt",)),
    "visibility": ({}, values(visibility=2), ()),
    "displayable": ({}, values(visibility=1), ("visibility", "url", "urlRewrites")),
    "weight": ({"weight": 1.5}, values(weight=1.6), ()),
    "weightType": (_bundle(), custom("weight_type", "1"), ()),
    "attributes": ({"custom": {"note": "Before"}}, custom("note", "After"), ()),
    "media_gallery": (_gallery(), inside("media_gallery_entries", label="After"), ("images",)),
    "images": (_gallery(), inside("media_gallery_entries", disabled=True), ()),
    "videos": (
        _gallery(media_type="external-video", extension_attributes={"video_content": dict(_VIDEO)}),
        inside("media_gallery_entries", extension_attributes={"video_content": {**_VIDEO, "video_title": "After"}}),
        ("media_gallery",),
    ),
    "optionsV2": ({"options": [dict(_OPTION)]}, inside("options", title="After"), ()),
    "shopperInputOptions": ({"options": [dict(_INPUT)]}, inside("options", price=3.5), ()),
    "lowStock": (
        {"extension": {"stock_item": dict(STOCK_ITEM)}},
        extension(stock_item={**STOCK_ITEM, "notify_stock_qty": 9}),
        ("inventory",),
    ),
}


def add_products(shop: Workshop) -> None:
    target = shop.product("products.target")["sku"]
    for field, (content, edit, also) in _PRODUCT_EDITS.items():
        sku = f"products.{field}"
        shop.product(sku, **dict(content))
        shop.mutate("products", field, at("products", edit, sku=sku), (sku, "en"), field, *also)
    for field, edit in {"inStock": values(is_salable=False), "buyable": values(is_salable=False)}.items():
        sku = shop.product(f"products.{field}")["sku"]
        change = at("stock_index", edit, sku=sku)
        shop.mutate("products", field, change, (sku, "en"), "inStock", "buyable", "inventory")
    sku = shop.product("products.inventory")["sku"]
    shop.mutate("products", "inventory", at("stock_index", values(qty=6), sku=sku), (sku, "en"))
    sku = shop.product("products.links", links=[link("related", target)])["sku"]
    shop.mutate("products", "links", at("products", inside("product_links", link_type="upsell"), sku=sku), (sku, "en"))
    _add_changes_that_prices_follow(shop)
    _add_product_categories(shop)
    _add_families(shop)


def _add_changes_that_prices_follow(shop: Workshop) -> None:
    sku, new = shop.product("products.sku")["sku"], "products.sku.new"
    change = both(at("stock_index", values(sku=new), sku=sku), at("products", values(sku=new), sku=sku))
    shop.mutate("products", "sku", change, (sku, "en"), becomes=(new, "en"), others={price_item(sku), price_item(new)})
    sku = shop.product("products.productId")["sku"]
    change = at("products", values(id=shop.number()), sku=sku)
    shop.mutate("products", "productId", change, (sku, "en"), "productId", "urlRewrites", others={price_item(sku)})
    sku = shop.product("products.type", **_bundle())["sku"]
    change = at("products", custom("price_type", "1"), sku=sku)
    shop.mutate("products", "type", change, (sku, "en"), others={price_item(sku)})
    sku = shop.product("products.deleted")["sku"]
    shop.mutate("products", "deleted", gone("products", sku=sku), (sku, "en"), others={price_item(sku)})


def _add_product_categories(shop: Workshop) -> None:
    first, second = shop.category(), shop.category()
    links = [{"category_id": str(first["id"]), "position": 1}]
    sku = shop.product("products.categories", extension={"category_links": links})["sku"]
    shop.mutate(
        "products",
        "categories",
        at("categories", custom("url_key", "renamed"), id=first["id"]),
        (sku, "en"),
        "categories",
        "categoryData",
        others={("categories", (path, "en")) for path in (f"c{first['id']}", "renamed")},
    )
    links = [{"category_id": str(second["id"]), "position": 1}]
    sku = shop.product("products.categoryData", extension={"category_links": links})["sku"]
    change = at("products", extension(category_links=[{**links[0], "position": 2}]), sku=sku)
    shop.mutate("products", "categoryData", change, (sku, "en"))
    sku = shop.product("products.categoryIds")["sku"]
    change = at("products", extension(category_links=links), sku=sku)
    shop.mutate("products", "categoryIds", change, (sku, "en"), "categories", "categoryIds", "categoryData")


def _add_families(shop: Workshop) -> None:
    parent, child, other = family(shop, "products.variants")
    linked = at("products", extension(configurable_product_links=[child["id"], other["id"]]), sku=parent["sku"])
    follow = {product_item(other["sku"]), price_item(other["sku"]), ("variants", (parent["sku"], other["sku"]))}
    shop.mutate("products", "variants", linked, (parent["sku"], "en"), others=follow)
    parent, child, other = family(shop, "products.parents")
    linked = at("products", extension(configurable_product_links=[child["id"], other["id"]]), sku=parent["sku"])
    follow = {product_item(parent["sku"]), price_item(other["sku"]), ("variants", (parent["sku"], other["sku"]))}
    shop.mutate("products", "parents", linked, (other["sku"], "en"), others=follow)
