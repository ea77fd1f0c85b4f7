"""A change of each field of productAttributes, categories and the scopes."""

from __future__ import annotations

from odd_catalog import Item, attribute, category
from record_files import Records

from .workshop import (
    NOTHING,
    ROOT,
    Edit,
    Key,
    Workshop,
    at,
    custom,
    gone,
    group_code,
    values,
)


def add_attributes(shop: Workshop) -> None:
    edits: dict[str, tuple[Item, Edit, tuple[str, ...]]] = {
        "dataType": ({}, values(backend_type="text"), ()),
        "multi": ({"kind": "select"}, values(frontend_input="multiselect"), ("frontendInput",)),
        "label": ({}, values(default_frontend_label="After"), ()),
        "frontendInput": ({}, values(frontend_input="textarea"), ()),
        "required": ({}, values(is_required=True), ()),
        "unique": ({}, values(is_unique="1"), ()),
        "global": ({}, values(scope="store"), ()),
        "visible": ({}, values(is_visible=False), ()),
        "searchable": ({}, values(is_searchable="0"), ()),
        "filterable": ({}, values(is_filterable=False), ()),
        "visibleInCompareList": ({}, values(is_comparable="1"), ()),
        "visibleInListing": ({}, values(used_in_product_listing="1"), ()),
        "sortable": ({}, values(used_for_sort_by=True), ()),
        "visibleInSearch": ({}, values(is_visible_on_front="0"), ()),
        "filterableInSearch": ({}, values(is_filterable_in_search=True), ()),
        "searchWeight": ({"search_weight": 1}, values(search_weight=2), ()),
        "usedForRules": ({}, values(is_used_for_promo_rules="0"), ()),
        "boolean": ({"kind": "select", "backend": "int"}, values(frontend_input="boolean"), ("frontendInput",)),
        "systemAttribute": ({}, values(is_user_defined=False), ()),
        "numeric": ({}, values(backend_type="decimal"), ("dataType",)),
        "id": ({}, values(attribute_id=99999), ()),
    }
    for field, (content, edit, also) in edits.items():
        code = f"attributes_{field.lower()}"
        shop.records["attributes"][""].append(attribute(shop.number(), code, **{"kind": "text", **content}))
        change = at("attributes", edit, attribute_code=code)
        shop.mutate("productAttributes", field, change, (code, "en"), field, *also)
    for code in ("attributes_code", "attributes_deleted"):
        shop.records["attributes"][""].append(attribute(shop.number(), code, "text", default_frontend_label="Label"))
    change = at("attributes", values(attribute_code="attributes_new"), attribute_code="attributes_code")
    shop.mutate(
        "productAttributes", "attributeCode", change, ("attributes_code", "en"), becomes=("attributes_new", "en")
    )
    change = gone("attributes", attribute_code="attributes_deleted")
    shop.mutate("productAttributes", "deleted", change, ("attributes_deleted", "en"))


def add_categories(shop: Workshop) -> None:
    texts = {
        "description": "description",
        "metaTitle": "meta_title",
        "metaKeywords": "meta_keywords",
        "metaDescription": "meta_description",
        "displayMode": "display_mode",
        "image": "image",
        "defaultSortBy": "default_sort_by",
    }
    edits: dict[str, tuple[Edit, tuple[str, ...]]] = {
        **{field: (custom(code, "after"), ()) for field, code in texts.items()},
        "name": (values(name="After"), ()),
        "level": (values(level=3), ()),
        "position": (values(position=99999), ()),
        "availableSortBy": (values(available_sort_by=["price"]), ()),
        "isAnchor": (custom("is_anchor", "0"), ()),
        "includeInMenu": (values(include_in_menu=False), ()),
        "isActive": (values(is_active=False), ()),
        "createdAt": (values(created_at="2026-01-01 00:00:01"), ()),
        "updatedAt": (values(updated_at="2026-03-01 00:00:00"), ("modifiedAt",)),
        "modifiedAt": (values(updated_at="2026-03-01 00:00:00"), ("updatedAt",)),
    }
    for field, (edit, also) in edits.items():
        number = shop.category()["id"]
        # the root's item lists its children in order of their positions
        others = {ROOT} if field == "position" else NOTHING
        change = at("categories", edit, id=number)
        shop.mutate("categories", field, change, (f"c{number}", "en"), field, *also, others=others)
    _add_category_places(shop)


def _add_category_places(shop: Workshop) -> None:
    for field in ("urlKey", "urlPath"):
        number, key = shop.category()["id"], f"new-{field.lower()}"
        change = at("categories", custom("url_key", key), id=number)
        shop.mutate("categories", field, change, (f"c{number}", "en"), "urlKey", "urlPath", becomes=(key, "en"))
    for field in ("path", "parentId"):
        number, above = shop.category()["id"], shop.category()["id"]
        change = at("categories", values(path=f"1/2/{above}/{number}", parent_id=above), id=number)
        moved = (f"c{above}/c{number}", "en")
        follow = {ROOT, ("categories", (f"c{above}", "en"))}
        own = (f"c{number}", "en")
        shop.mutate("categories", field, change, own, "path", "parentId", "urlPath", becomes=moved, others=follow)
    number, new = shop.category()["id"], shop.number()
    change = at("categories", values(id=new, path=f"1/2/{new}"), id=number)
    shop.mutate("categories", "categoryId", change, (f"c{number}", "en"), "categoryId", "path", others={ROOT})
    number, new = shop.category()["id"], shop.number()
    below = category(new, f"1/2/{number}/{new}")

    def add_below(records: Records) -> None:
        records["categories"][""].append(below)

    follow = {("categories", (f"c{number}/c{new}", "en"))}
    shop.mutate("categories", "children", add_below, (f"c{number}", "en"), others=follow)
    number = shop.category()["id"]
    shop.mutate("categories", "deleted", gone("categories", id=number), (f"c{number}", "en"), others={ROOT})


def add_scopes(shop: Workshop) -> None:
    def fallback(number: int) -> tuple[str, Key]:
        return ("categoryPermissions", ("0", "*", group_code(number)))

    for field, old, new in (("customerGroupId", 4, 40), ("customerGroupCode", 5, 50)):
        change = at("customer_groups", values(id=new), id=old)
        own, after, follow = (str(old),), (str(new),), {fallback(old), fallback(new)}
        names = ("customerGroupId", "customerGroupCode")
        shop.mutate("scopesCustomerGroup", field, change, own, *names, becomes=after, others=follow)
    change = at("customer_groups", values(extension_attributes={"exclude_website_ids": [1, 8]}), id=6)
    shop.mutate("scopesCustomerGroup", "websites", change, ("6",))
    change = gone("customer_groups", id=7)
    shop.mutate("scopesCustomerGroup", "deleted", change, ("7",), others={fallback(7)})
    shop.mutate("scopesWebsite", "deleted", gone("websites", id=8), ("8",))
