"""When a composite product is Enabled, and what its children tell of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from odd_catalog import Item, compile_catalog, odd_catalog, product, rows


def _option(number: int, *skus: str | None, required: bool = True) -> Item:
    links = [{"id": str(number * 10 + place), "sku": sku, "qty": 1} for place, sku in enumerate(skus, start=1)]
    return {"option_id": number, "title": "Part", "required": required, "type": "select", "product_links": links}


def _status(tmp_path: Path, kind: str, **extension: Any) -> str:
    records = odd_catalog()
    composite = product(90, "COMPOSITE", kind, extension={"website_ids": [1], **extension})
    records["products"] = {"": [*records["products"]["all"], composite]}
    done = compile_catalog(records, tmp_path, "products")["products"]
    found = {row["item"]["status"] for row in rows(done) if row["sku"] == "COMPOSITE"}
    assert len(found) == 1
    return found.pop()


# CHILD-A is enabled, CHILD-B is not, GONE does not exist
BUNDLES = {
    "every required option has an enabled child": (
        [_option(1, "CHILD-A"), _option(2, "CHILD-B", "CHILD-A")],
        "Enabled",
    ),
    "one option has only a disabled child": ([_option(1, "CHILD-A"), _option(2, "CHILD-B")], "Disabled"),
    "one option has only a child that is gone": ([_option(1, "CHILD-A"), _option(2, "GONE")], "Disabled"),
    "one option has no links": ([_option(1, "CHILD-A"), _option(2)], "Disabled"),
    "its only option has no links": ([_option(1)], "Disabled"),
    "its only option's child is gone": ([_option(1, "GONE")], "Disabled"),
    "links are null": ([{**_option(1), "product_links": None}], "Disabled"),
    "an option nobody must choose has no links": ([_option(1, "CHILD-A"), _option(2, required=False)], "Enabled"),
    "an option nobody must choose is all it has": ([_option(1, required=False)], "Enabled"),
    "it has no options": ([], "Enabled"),
}


@pytest.mark.parametrize(("options", "status"), BUNDLES.values(), ids=BUNDLES)
def test_a_bundle_needs_an_enabled_child_for_each_required_option(
    options: list[Item], status: str, tmp_path: Path
) -> None:
    assert _status(tmp_path, "bundle", bundle_product_options=options) == status


@pytest.mark.parametrize(
    ("children", "status"),
    [([3], "Enabled"), ([3, 4], "Enabled"), ([4], "Disabled"), ([], "Disabled"), ([999], "Disabled")],
)
def test_a_configurable_needs_an_enabled_child(children: list[int], status: str, tmp_path: Path) -> None:
    assert _status(tmp_path, "configurable", configurable_product_links=children) == status
