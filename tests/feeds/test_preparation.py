"""Which record speaks for a store view."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from odd_catalog import NOW, attribute, category, compile_catalog, odd_catalog, product, rows
from record_files import Records, connect, load_records

from syncengine.feeds.compile import CompileProgress, compile_feeds
from syncengine.feeds.registry import get_feed


def _catalog(*scopes: str) -> Records:
    """Each record is named after the scope it was read under; `aa` is a view of the other website."""
    records = odd_catalog()
    records["store_views"][""].append({"id": 4, "code": "aa", "website_id": 2, "store_group_id": 2, "is_active": 1})
    records["store_configs"][""].append({**records["store_configs"][""][2], "id": 4, "code": "aa"})
    names = {scope: f"read under {scope or 'none'}" for scope in scopes}
    everywhere = {"website_ids": [1, 2], "category_links": []}
    records["products"] = {
        scope: [product(1, "ONE", name=name, extension=deepcopy(everywhere))] for scope, name in names.items()
    }
    records["attributes"] = {
        scope: [attribute(93, "color", "select", "int", default_frontend_label=name)] for scope, name in names.items()
    }
    records["categories"] = {
        scope: [category(1, "1"), {**category(2, "1/2"), "name": name}] for scope, name in names.items()
    }
    return records


def _names(records: Records, out: Path) -> list[dict[str, str]]:
    """Per feed: the name by store view."""
    done = compile_catalog(records, out, "products", "productAttributes", "categories")
    return [
        {row["store_view_code"]: row["item"].get("name") or row["item"]["label"] for row in rows(feed)}
        for feed in done.values()
    ]


@pytest.mark.parametrize(
    ("scopes", "speaker"),
    [
        (("aa", "fr", "en", "es", "", "all"), "es"),
        (("aa", "fr", "en", "", "all"), "none"),
        (("aa", "fr", "en", "all"), "all"),
        (("aa", "fr", "en"), "en"),
        (("aa", "fr"), "fr"),
        (("aa",), "aa"),
    ],
)
def test_a_view_that_was_not_read_takes_the_nearest_records(
    scopes: tuple[str, ...], speaker: str, tmp_path: Path
) -> None:
    for names in _names(_catalog(*scopes), tmp_path):
        assert names["es"] == f"read under {speaker}"


def test_a_view_of_the_same_website_comes_before_one_that_is_first_by_name(tmp_path: Path) -> None:
    records = _catalog("en", "fr")
    for names in _names(records, tmp_path):
        assert names == {"en": "read under en", "es": "read under en", "fr": "read under fr", "aa": "read under fr"}


@pytest.mark.parametrize(("memory", "threads"), [("512MB", 1), ("1GB", 2), ("8GB", 2)])
def test_compiling_uses_as_many_threads_as_memory_has_room_for(memory: str, threads: int, tmp_path: Path) -> None:
    seen = set()
    with connect() as con:
        con.execute(f"SET memory_limit = '{memory}'")
        load_records(con, odd_catalog())

        def look(_: CompileProgress) -> None:
            seen.update(con.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall())

        compile_feeds(con, [get_feed("products")], out=tmp_path, now=NOW, progress=look)
        assert con.execute("SELECT current_setting('threads')").fetchone() == (2,)
        assert con.execute("SELECT current_setting('disabled_optimizers')").fetchone() == ("",)
    assert {found for found, _ in seen} == {threads}
