"""Writes what docs/feeds.md and docs/feeds/ say of each feed: schema, a real example, fill table, differences.

`python tests/feeds/feed_docs.py` writes them again; tests/feeds/test_feed_docs.py fails when they are out of date.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PLACE = Path(__file__).resolve().parent
sys.path[:0] = [str(PROJECT), str(PLACE)]

from odd_catalog import compile_catalog, odd_catalog, rows  # noqa: E402
from plain_reference.store import read_store  # noqa: E402
from record_files import Records, luma_records  # noqa: E402
from reference_differences import DIFFERENCES  # noqa: E402

from syncengine.demo.store.server import StoreOptions, running  # noqa: E402
from syncengine.feeds.feed import Feed, Field  # noqa: E402
from syncengine.feeds.registry import FEEDS  # noqa: E402

PAGE = PROJECT / "docs" / "feeds.md"
FOLDER = PROJECT / "docs" / "feeds"
GENERATED_PRODUCTS = 400

Items = Mapping[str, list[dict[str, Any]]]

# (feed, path) -> why no item of either catalog has a value there
ALWAYS_EMPTY = {
    ("products", "deletedAt"): "A deleted product is a tombstone; the store keeps no time of deletion.",
    ("products", "optionsV2[].swatchType"): "No REST answer holds an attribute's swatch settings.",
    ("products", "optionsV2[].values[].colorHex"): "No REST answer holds swatches.",
    ("products", "optionsV2[].values[].imageUrl"): "No REST answer holds swatches.",
    ("products", "optionsV2[].values[].customSwatchValue"): "No REST answer holds swatches.",
    ("products", "swatchImage.label"): "A store keeps no label of its own for the swatch image.",
    ("products", "samples[].resource.roles[]"): "A sample of a download has no role.",
    ("inventoryStockStatus", "updatedAt"): "A store keeps no time of change of a quantity.",
    ("products", "shopperInputOptions[].range.from"): "A store sets an upper limit of characters only.",
    ("productAttributes", "searchWeight"): "No REST answer holds an attribute's search weight.",
    ("productAttributes", "modifiedAt"): "A store keeps no time of change of an attribute.",
    ("categoryPermissions", "modifiedAt"): "A store keeps no time of change of a permission.",
    ("productOverrides", "prices"): "In the public shape of 2021 only: the prices feed carries prices now.",
}


def compiled_items(records: Records) -> Items:
    """The payloads of every feed of a catalog."""
    with tempfile.TemporaryDirectory() as out:
        done = compile_catalog(records, Path(out))
        return {name: [row["item"] for row in rows(feed)] for name, feed in done.items()}


def luma_items() -> Items:
    """Luma, compiled."""
    shared = Path(os.environ.get("SHARED_MATERIAL", PROJECT.parent / "shared"))
    return compiled_items(luma_records(shared))


def generated_items() -> Items:
    """The demo store's made-up catalog, read over its REST and compiled."""
    with running(StoreOptions(products=GENERATED_PRODUCTS)) as address:
        return compiled_items(read_store(address, "demo-token").by_entity)


def odd_items() -> Items:
    """The odd catalog of the golden files: what neither of the others holds."""
    return compiled_items(odd_catalog())


def _values(value: Any, field: Field) -> Iterator[Any]:
    if field.repeated:
        yield from value or ()
    elif value is not None:
        yield value


def fill(items: Iterable[Mapping[str, Any]], fields: Iterable[Field], prefix: str = "") -> dict[str, float]:
    """Share of the objects that hold a value, by path; 0 for a path inside a record that no item has."""
    found = list(items)
    shares: dict[str, float] = {}
    for field in fields:
        path = prefix + field.name + ("[]" if field.repeated else "")
        filled = [item for item in found if item.get(field.name) not in (None, [])]
        shares[path] = len(filled) / len(found) if found else 0.0
        inner = [value for item in filled for value in _values(item[field.name], field)]
        shares.update(fill(inner, field.fields, path + ".") if field.fields else {})
    return shares


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "< 1 %"
    return "" if share == 0 else f"{share:.0%}".replace("%", " %")


def fill_table(feed: Feed, catalogs: Mapping[str, Items]) -> str:
    """The fill table of one feed in Markdown."""
    shares = [fill(items[feed.name], feed.fields) for items in catalogs.values()]
    heads = " | ".join(f"{title} ({len(items[feed.name])})" for title, items in catalogs.items())
    lines = [f"| Field | {heads} | |", "|---" * (len(shares) + 2) + "|"]
    for path in (path for field in feed.fields for path in field.paths()):
        note = ALWAYS_EMPTY.get((feed.name, path), "")
        lines.append(f"| `{path}` | {' | '.join(_percent(share[path]) for share in shares)} | {note} |")
    return "\n".join(lines)


def differences_table() -> str:
    """The list of differences in Markdown."""
    lines = ["| Feed | Field | Kind | Reason |", "|---|---|---|---|"]
    for difference in DIFFERENCES:
        fields = ", ".join(f"`{field}`" for field in difference.fields)
        lines.append(f"| {', '.join(difference.feeds)} | {fields} | {difference.kind} | {difference.reason} |")
    return "\n".join(lines)


def with_section(page: str, name: str, text: str) -> str:
    """`page` with what stands between the two comments of `name` replaced."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, rest = page.split(begin, 1)
    return f"{head}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}"


def fill_section(catalogs: Mapping[str, Items]) -> str:
    """The fill tables of all feeds."""
    return "\n\n".join(f"### {name}\n\n{fill_table(feed, catalogs)}" for name, feed in FEEDS.items())


def schema_text(feed: Feed) -> str:
    """The feed's JSON Schema as its file holds it."""
    return json.dumps(feed.json_schema(), indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """All of it."""
    FOLDER.mkdir(exist_ok=True)
    luma, generated = luma_items(), generated_items()
    for name, feed in FEEDS.items():
        # the item that says most, of Luma where it has the feed
        example = max(luma[name] or generated[name], key=lambda item: len(json.dumps(item)))
        (FOLDER / f"{name}.schema.json").write_text(schema_text(feed), "utf-8")
        (FOLDER / f"{name}.example.json").write_text(json.dumps(example, indent=2, ensure_ascii=False) + "\n", "utf-8")
    catalogs = {"Luma": luma, "generated": generated, "odd": odd_items()}
    page = with_section(PAGE.read_text("utf-8"), "differences", differences_table())
    PAGE.write_text(with_section(page, "fill", fill_section(catalogs)), "utf-8")


if __name__ == "__main__":
    write()
