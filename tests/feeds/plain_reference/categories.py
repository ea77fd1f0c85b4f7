"""Url paths and inherited inactivity of categories, by walking up the tree."""

from __future__ import annotations

from .records import Record, Records, custom_attributes


def expected_url_paths(records: Records) -> dict[tuple[str, str], str]:
    """Url path by category id and view code, for each category under a view's root (whose own is '')."""
    paths: dict[tuple[str, str], str] = {}
    for view, root, categories in categories_by_view(records):
        for category_id in categories:
            chain = chain_to(categories, category_id)
            if root in chain:
                keys = [url_key(categories[step]) for step in chain[chain.index(root) + 1 :]]
                paths[str(category_id), view] = "/".join(key for key in keys if key)
    return paths


def expected_activity(records: Records) -> dict[tuple[str, str], int]:
    """0 or 1 by category id and store view code: off when it or a top-level ancestor is off."""
    active: dict[tuple[str, str], int] = {}
    for view, root, categories in categories_by_view(records):
        for category_id, category in categories.items():
            chain = chain_to(categories, category_id)
            if root in chain:
                top = chain[chain.index(root) + 1 :][:1]
                switches = [category, *(categories[step] for step in top)]
                active[str(category_id), view] = int(all(step.get("is_active", True) for step in switches))
    return active


def categories_by_view(records: Records) -> list[tuple[str, int, dict[int, Record]]]:
    """Store view code, its root category and all categories as the view sees them."""
    roots = {int(group["id"]): int(group["root_category_id"]) for group in records.all_of("store_groups")}
    found = []
    for view in records.all_of("store_views"):
        if int(view["id"]) == 0:
            continue
        categories = records.in_scope("categories", view["code"], "all", "default")
        found.append((view["code"], roots[int(view["store_group_id"])], {int(c["id"]): c for c in categories}))
    return found


def chain_to(categories: dict[int, Record], category_id: int) -> list[int]:
    """The ids from the topmost known ancestor down to a category; stops at a loop."""
    chain: list[int] = []
    while category_id in categories and category_id not in chain:
        chain.insert(0, category_id)
        category_id = int(categories[category_id]["parent_id"])
    return chain


def url_key(category: Record) -> str:
    """The url key of a category, or nothing."""
    return str(custom_attributes(category).get("url_key") or "")
