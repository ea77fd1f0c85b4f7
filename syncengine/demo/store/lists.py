"""The small entities: stores, customer groups, attributes and their sets, categories and permissions."""

from __future__ import annotations

import secrets
from typing import Any

from syncengine.demo.store.calls import Call, Result, search_answer
from syncengine.demo.store.errors import ApiError, no_entity, no_route, required
from syncengine.demo.store.state import ADMIN_SCOPE

_SET_KEYS = frozenset(
    {
        *("attribute_code", "attribute_id", "backend_model", "backend_type", "default_frontend_label"),
        *("default_value", "entity_type_id", "frontend_class", "frontend_input", "frontend_labels"),
        *("is_required", "is_unique", "is_user_defined", "note", "options", "source_model", "validation_rules"),
    }
)
_CATEGORY_ALIASES = {"entity_id": "id"}


def websites(call: Call) -> Result:
    """GET /V1/store/websites, the admin's among them."""
    return call.state.entities("websites")


def store_groups(call: Call) -> Result:
    """GET /V1/store/storeGroups."""
    return call.state.entities("store_groups")


def store_views(call: Call) -> Result:
    """GET /V1/store/storeViews, inactive ones too; the admin's comes last."""
    return sorted(call.state.entities("store_views"), key=lambda view: view["id"] == ADMIN_SCOPE)


def store_configs(call: Call) -> Result:
    """GET /V1/store/storeConfigs, all or those named by `storeCodes`."""
    configs = call.state.entities("store_configs")
    codes = call.query.get("storeCodes")
    wanted = list(codes.values()) if isinstance(codes, dict) else None
    return [config for config in configs if wanted is None or config["code"] in wanted]


def customer_groups(call: Call) -> Result:
    """GET /V1/customerGroups/search."""
    return search_answer(call, call.state.entities("customer_groups"))


def product_attribute_sets(call: Call) -> Result:
    """GET /V1/products/attribute-sets/sets/list: those of products only."""
    return search_answer(call, call.state.entities("attribute_sets"))


def all_attribute_sets(call: Call) -> Result:
    """GET /V1/eav/attribute-sets/list: those of every entity type (1 customer to 8 creditmemo)."""
    others = [
        {
            "attribute_set_id": number,
            "attribute_set_name": "Default",
            "sort_order": 2 if number <= 2 else 1,
            "entity_type_id": number,
        }
        for number in (1, 2, 3, 5, 6, 7, 8)
    ]
    sets = [*call.state.entities("attribute_sets"), *others]
    return search_answer(call, sorted(sets, key=lambda one: one["attribute_set_id"]))


def attributes(call: Call) -> Result:
    """GET /V1/products/attributes, option labels in the scope's language."""
    return search_answer(call, call.state.entities("attributes", call.scope.store_id))


def _attribute(call: Call) -> dict[str, Any]:
    code = call.arguments["code"]
    for attribute in call.state.entities("attributes", call.scope.store_id):
        if code in (attribute["attribute_code"], str(attribute["attribute_id"])):
            return attribute
    message = 'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute and try again.'
    raise ApiError(404, message, [code])


def attribute(call: Call) -> Result:
    """GET /V1/products/attributes/{code}: the list's record, and a flag of the page builder."""
    return {"extension_attributes": {"is_pagebuilder_enabled": False}, **_attribute(call)}


def attribute_options(call: Call) -> Result:
    """GET /V1/products/attributes/{code}/options."""
    return _attribute(call)["options"]


def set_attributes(call: Call) -> Result:
    """GET /V1/products/attribute-sets/{id}/attributes: the system's and the set's own, in a short form."""
    known = {str(one["attribute_set_id"]) for one in call.state.entities("attribute_sets")}
    if call.arguments["id"] not in known:
        raise no_entity("id", call.arguments["id"])
    members = {"cost"} | {
        code
        for row in call.state.entities("attribute_set_members")
        if str(row["attribute_set_id"]) == call.arguments["id"]
        for code in row["attribute_codes"]
    }
    every = call.state.entities("attributes", call.scope.store_id)
    return [
        {key: value for key, value in one.items() if key in _SET_KEYS}
        for one in every
        if not one["is_user_defined"] or one["attribute_code"] in members
    ]


def categories(call: Call) -> Result:
    """GET /V1/categories/list, inactive ones too."""
    found = search_answer(call, call.state.entities("categories", call.scope.store_id), _CATEGORY_ALIASES)
    return found


def category(call: Call) -> Result:
    """GET /V1/categories/{id}."""
    for one in call.state.entities("categories", call.scope.store_id):
        if str(one["id"]) == call.arguments["id"]:
            return one
    text = call.arguments["id"]
    raise no_entity("id", int(text) if text.isdigit() else text)


def _product_counts(call: Call, *, is_admin: bool) -> dict[int, int]:
    """Products of each category: an anchor's are those of it and all below, else those assigned to it.

    In a store view an anchor counts the visible ones only; the admin scope counts all.
    """
    assigned: dict[int, set[int]] = {}
    shown: dict[int, set[int]] = {}
    rows = call.state.reader().execute(
        "SELECT category_id, product_id, visibility > 1 AND status = 1 FROM product_category"
        " JOIN product ON product.id = product_id"
    )
    for category_id, product_id, is_visible in rows:
        assigned.setdefault(category_id, set()).add(product_id)
        if is_visible or is_admin:
            shown.setdefault(category_id, set()).add(product_id)
    counts: dict[int, int] = {}
    every = call.state.entities("categories")
    for one in every:
        values = {a["attribute_code"]: a["value"] for a in one.get("custom_attributes", ())}
        if values.get("is_anchor") != "1":
            counts[one["id"]] = len(assigned.get(one["id"], ()))
            continue
        below = {c["id"] for c in every if c["path"] == one["path"] or c["path"].startswith(one["path"] + "/")}
        counts[one["id"]] = len(set().union(*(shown.get(number, set()) for number in below)))
    return counts


def category_tree(call: Call) -> Result:
    """GET /V1/categories: the tree below the scope's root, `rootCategoryId` and `depth` as asked."""
    every = call.state.entities("categories", call.scope.store_id)
    by_parent: dict[int, list[dict[str, Any]]] = {}
    for one in every:
        by_parent.setdefault(one["parent_id"], []).append(one)
    is_admin = call.scope.store_id == ADMIN_SCOPE
    counts = call.state.remembered(("product_counts", is_admin), lambda: _product_counts(call, is_admin=is_admin))
    root_id = int(call.query.get("rootCategoryId") or _root_of(call))
    depth = int(call.query["depth"]) if str(call.query.get("depth", "")).isdigit() else None

    def branch(one: dict[str, Any], left: int | None) -> dict[str, Any]:
        children = sorted(by_parent.get(one["id"], ()), key=lambda child: child["position"])
        keys = ("id", "parent_id", "name", "is_active", "position", "level")
        node: dict[str, Any] = {key: one.get(key) for key in keys}
        inner = [] if left == 0 else [branch(c, None if left is None else left - 1) for c in children]
        return {**node, "product_count": counts.get(one["id"], 0), "children_data": inner}

    for one in every:
        if one["id"] == root_id:
            return branch(one, depth)
    raise no_entity("id", root_id)


def _root_of(call: Call) -> int:
    if call.scope.store_id == ADMIN_SCOPE:
        return 1
    views = {view["id"]: view["store_group_id"] for view in call.state.entities("store_views")}
    groups = {group["id"]: group["root_category_id"] for group in call.state.entities("store_groups")}
    return int(groups[views[call.scope.store_id]])


def category_permissions(call: Call) -> Result:
    """GET /V1/catalogSync/categoryPermissions: our own path; no route in a store without such records."""
    if not call.state.offers("category_permissions"):
        raise no_route()
    return search_answer(call, call.state.entities("category_permissions"))


def admin_token(call: Call) -> Result:
    """POST /V1/integration/admin/token: user `admin`, and the store's token as password."""
    body = call.json_body()
    for name in ("username", "password"):
        if name not in body:
            raise required(name)
    if body["username"] != "admin" or not secrets.compare_digest(str(body["password"]), call.token):
        message = "The account sign-in was incorrect or your account is disabled temporarily. "
        raise ApiError(401, message + "Please wait and try again later.")
    return call.token
