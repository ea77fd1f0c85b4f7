"""Publishing: complete before it is named, made from the last one where that is sound, repaired when damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.items import PRODUCTS, product
from support.lakes import Stand, open_copy

from syncengine.errors import LakeUnavailableError
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import current_publication, mend_publication, publish
from syncengine.lake.reader import CurrentReader, open_reader
from syncengine.lake.writer import LakeWriter


def asked(directory: DataDirectory, query: str) -> list[tuple[Any, ...]]:
    """The answer of the published search copy, opened as an analyst would: by itself."""
    publication = current_publication(directory)
    assert publication is not None
    with duckdb.connect(str(directory.published / publication.search_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def search_rows(directory: DataDirectory, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table of the published search copy, in a fixed order."""
    return asked(directory, f"SELECT * FROM {table} ORDER BY ALL")


def states(directory: DataDirectory, table: str) -> dict[tuple[str, str], str]:
    """State by destination and SKU."""
    rows = asked(directory, f"SELECT destination, sku, state FROM {table}")
    found = {(destination, sku): state for destination, sku, state in rows}
    assert len(found) == len(rows)
    return found


def test_the_pointer_names_the_newest_snapshot_under_new_names(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    first = publish(stand.writer, ["d"])
    stand.merge(PRODUCTS, [product("b")])

    second = publish(stand.writer, ["d"])

    assert current_publication(stand.directory) == second
    assert second.snapshot_id == stand.writer.snapshot_id() == first.snapshot_id + 1
    assert {first.lake_file, first.search_file}.isdisjoint({second.lake_file, second.search_file})
    assert (stand.directory.published / first.lake_file).exists()


def test_publishing_twice_does_nothing(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    first = publish(stand.writer, ["d"])
    before = sorted((path.name, path.stat().st_mtime_ns) for path in stand.directory.published.iterdir())

    assert publish(stand.writer, ["d"]) == first
    assert sorted((path.name, path.stat().st_mtime_ns) for path in stand.directory.published.iterdir()) == before


def test_no_write_ahead_log_and_no_half_made_file_stays_beside_a_publication(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])

    after = publish(stand.writer, ["d"])

    there = {path.name for path in stand.directory.published.iterdir()}
    assert there == {after.lake_file, after.search_file, f"{after.number}.json"}
    assert not stand.directory.current.with_suffix(".tmp").exists()


def test_search_rows_carry_the_listing_and_one_lower_cased_text(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("SKU-Ä", name="Große Lampe", entity_id="42", price="12.3400")])
    stand.deliver()

    publish(stand.writer, ["d"])

    (row,) = asked(stand.directory, "SELECT sku, name, product_id, price, type, search_text FROM synced_products")
    assert (*row[:3], str(row[3]), *row[4:]) == (
        "SKU-Ä", "Große Lampe", 42, "12.3400", "SIMPLE", "sku-ä\ngroße lampe\n42",
    )  # fmt: skip


def test_each_item_shows_its_state_for_each_destination(stand: Stand) -> None:
    answers = {"yes": "accepted", "no": "rejected", "later": "retry", "lost": "unknown", "gone": "accepted"}
    stand.merge(PRODUCTS, [product(sku) for sku in answers])
    stand.deliver(answers)
    stand.merge(PRODUCTS, [product("yes"), product("no"), product("later"), product("lost", name="newer")])

    publish(stand.writer, ["d", "other"])

    assert states(stand.directory, "synced_products") == {("d", "yes"): "in_sync", ("d", "gone"): "waiting"}
    assert states(stand.directory, "catalog_products") == {
        ("d", "yes"): "in_sync", ("d", "no"): "rejected", ("d", "later"): "retry", ("d", "lost"): "not_exported",
        **{("other", sku): "not_exported" for sku in ("yes", "no", "later", "lost")},
    }  # fmt: skip


def test_a_changed_item_waits_until_it_is_accepted(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    stand.merge(PRODUCTS, [product("a", name="new")])
    publish(stand.writer, ["d"])
    waiting = states(stand.directory, "synced_products")
    stand.deliver()

    publish(stand.writer, ["d"])

    assert waiting == {("d", "a"): "waiting"}
    assert states(stand.directory, "synced_products") == {("d", "a"): "in_sync"}


def test_a_removal_that_waits_for_its_retry_says_so(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    stand.merge(PRODUCTS, [])
    stand.deliver("retry")

    publish(stand.writer, ["d"])

    assert states(stand.directory, "synced_products") == {("d", "a"): "retry"}
    assert states(stand.directory, "catalog_products") == {}


def test_a_new_destination_has_the_search_copy_made_anew(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.deliver()
    publish(stand.writer, ["d"])

    publish(stand.writer, ["d", "second"])

    assert states(stand.directory, "catalog_products") == {("d", "a"): "in_sync", ("second", "a"): "not_exported"}


def test_a_destination_that_is_no_longer_served_leaves_the_search_copy_with_the_next_change(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    publish(stand.writer, ["d", "second"])
    stand.merge(PRODUCTS, [product("a", name="new")])

    publish(stand.writer, ["d"])

    assert states(stand.directory, "catalog_products") == {("d", "a"): "not_exported"}


def test_a_writer_opened_anew_goes_on_from_the_publication_it_finds(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a"), product("b")])
    publish(stand.writer, ["d"])
    stand.writer.close()
    stand.writer = LakeWriter(stand.directory)
    stand.merge(PRODUCTS, [product("a", name="new"), product("c")])
    stand.deliver()

    publish(stand.writer, ["d"])

    assert states(stand.directory, "catalog_products") == {("d", "a"): "in_sync", ("d", "c"): "in_sync"}


def test_a_commit_that_a_killed_engine_did_not_publish_is_published_by_the_next(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    publish(stand.writer, ["d"])
    stand.merge(PRODUCTS, [product("b")])
    stand.writer.close()
    stand.writer = LakeWriter(stand.directory)

    publish(stand.writer, ["d"])

    assert states(stand.directory, "catalog_products") == {("d", "b"): "not_exported"}


def test_what_a_killed_publication_left_is_swept_and_never_used(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    first = publish(stand.writer, ["d"])
    place = stand.directory.published
    for name in ("7.tmp", "7.search.tmp", "7.search.tmp.wal", "7.tmp.wal"):
        (place / name).write_bytes(b"half")
    (place / "8.ducklake").write_bytes(b"complete but never named")
    stand.directory.current.with_suffix(".tmp").write_bytes(b"{")
    assert current_publication(stand.directory) == first
    stand.merge(PRODUCTS, [product("b")])

    after = publish(stand.writer, ["d"])

    assert int(after.lake_file.split(".")[0]) == 9
    assert not [path.name for path in place.iterdir() if path.suffix in (".tmp", ".wal")]
    assert states(stand.directory, "catalog_products") == {("d", "b"): "not_exported"}


def test_old_copies_go_after_an_hour_and_some_are_kept(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    publish(stand.writer, ["d"])
    place = stand.directory.published
    for number in range(100, 110):
        for kind in ("ducklake", "search.duckdb"):
            old = place / f"{number}.{kind}"
            old.write_bytes(b"old")
            os.utime(old, (number, number))
    (young := place / "50.ducklake").write_bytes(b"young")
    stand.merge(PRODUCTS, [product("b")])

    after = publish(stand.writer, ["d"])

    left = {path.name for path in place.iterdir()}
    first = {"1.ducklake", "1.search.duckdb", "1.json"}
    kept = {f"{number}.{kind}" for number in (108, 109) for kind in ("ducklake", "search.duckdb")}
    assert left == {after.lake_file, after.search_file, "110.json"} | {young.name} | first | kept


DAMAGES: dict[str, Callable[[DataDirectory, Path, Path], object]] = {
    "pointer_missing": lambda directory, lake, search: directory.current.unlink(),
    "pointer_empty": lambda directory, lake, search: directory.current.write_bytes(b""),
    "pointer_half": lambda directory, lake, search: directory.current.write_bytes(directory.current.read_bytes()[:20]),
    "pointer_list": lambda directory, lake, search: directory.current.write_bytes(b"[]"),
    "pointer_null": lambda directory, lake, search: directory.current.write_bytes(b"null"),
    "pointer_binary": lambda directory, lake, search: directory.current.write_bytes(b"\xff\xfe\x00"),
    "pointer_wrong_types": lambda directory, lake, search: directory.current.write_bytes(
        b'{"snapshot_id": "x", "lake_file": 5, "search_file": null, "destinations": []}'
    ),
    "pointer_unknown_key": lambda directory, lake, search: rewrite(directory, more=1),
    "points_to_nothing": lambda directory, lake, search: rewrite(directory, lake_file="77.ducklake"),
    "points_outside": lambda directory, lake, search: rewrite(directory, lake_file="../catalog.ducklake"),
    "points_to_a_directory": lambda directory, lake, search: rewrite(directory, search_file=".."),
    "lake_copy_missing": lambda directory, lake, search: lake.unlink(),
    "lake_copy_empty": lambda directory, lake, search: lake.write_bytes(b""),
    "search_copy_missing": lambda directory, lake, search: search.unlink(),
    "search_copy_truncated": lambda directory, lake, search: search.write_bytes(search.read_bytes()[:5000]),
    "stray_log": lambda directory, lake, search: Path(f"{search}.wal").write_bytes(b"stray"),
}


def rewrite(directory: DataDirectory, **values: object) -> None:
    """Change some values of the pointer."""
    directory.current.write_text(json.dumps(json.loads(directory.current.read_text()) | values))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """One lake with one product for many tests: each of them publishes it anew."""
    root = tmp_path_factory.mktemp("lasting") / "data"
    opened = open_copy(tmp_path_factory, root)
    opened.merge(PRODUCTS, [product("a")])
    yield opened
    opened.writer.close()


def names_read(directory: DataDirectory) -> list[str]:
    """The product names that a reader finds now."""
    return [
        name for (name,) in open_reader(directory).cursor().execute("SELECT name FROM lake.catalog.products").fetchall()
    ]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_publication_is_not_read_but_an_earlier_one_until_the_engine_publishes_anew(
    lasting: Stand, damage: Callable[[DataDirectory, Path, Path], object], request: pytest.FixtureRequest
) -> None:
    stand, word = lasting, request.node.callspec.id
    for name in (f"before {word}", word):
        stand.merge(PRODUCTS, [product("a", name=name)])
        newest = publish(stand.writer, ["d"])
    is_whole = word.startswith("point")  # only the pointer is hurt: the newest copies can still be read

    damage(stand.directory, *(stand.directory.published / name for name in (newest.lake_file, newest.search_file)))
    with suppress(LakeUnavailableError):
        assert current_publication(stand.directory) is None
    read, told = names_read(stand.directory), mend_publication(stand.writer, ["d"])

    assert read == [word if is_whole else f"before {word}"]
    assert told
    assert names_read(stand.directory) == [word]
    assert mend_publication(stand.writer, ["d"]) is None


def test_when_no_publication_is_whole_nothing_is_read(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    publication = publish(stand.writer, ["d"])
    (stand.directory.published / publication.search_file).unlink()

    with pytest.raises(LakeUnavailableError, match="is missing") as caught:
        open_reader(stand.directory)

    assert "repair" in caught.value.hint


def test_one_flipped_bit_in_a_published_copy_is_found_and_the_copy_made_anew(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    for kind in ("lake_file", "search_file"):
        copy = stand.directory.published / getattr(publish(stand.writer, ["d"]), kind)
        content = bytearray(copy.read_bytes())
        content[len(content) // 2] ^= 4
        copy.write_bytes(content)

        assert "is not the file that was published" in str(mend_publication(stand.writer, ["d"]))

    assert states(stand.directory, "catalog_products") == {("d", "a"): "not_exported"}


def test_damage_that_shows_only_when_asked_has_the_next_one_read_the_publication_before(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", name="before")])
    publish(stand.writer, ["d"])
    stand.merge(PRODUCTS, [product("a", name="after")])
    publish(stand.writer, ["d"])
    current = CurrentReader(stand.directory)
    current.get().distrust(duckdb.IOException("Corrupt database file: computed checksum 1 does not match stored 2"))

    names = [current.get().cursor().execute("SELECT name FROM search.catalog_products").fetchall() for _ in range(2)]

    assert names == [[("before",)]] * 2
    stand.merge(PRODUCTS, [product("a", name="mended")])
    publish(stand.writer, ["d"])
    assert current.get().cursor().execute("SELECT name FROM search.catalog_products").fetchall() == [("mended",)]


@pytest.mark.parametrize(
    "content", [b"garbage" * 2000, b"SQLite format 3\x00" + bytes(8000)], ids=["garbage", "sqlite"]
)
@pytest.mark.parametrize("copy", ["lake_file", "search_file"])
def test_a_published_copy_that_is_no_database_is_never_read(lasting: Stand, copy: str, content: bytes) -> None:
    stand, publication = lasting, publish(lasting.writer, ["d"])
    target = stand.directory.published / getattr(publication, copy)
    target.write_bytes(content)
    rewrite(stand.directory, **{copy.replace("_file", "_bytes"): len(content)})

    for description in stand.directory.published.glob("*.json"):
        description.unlink()

    with pytest.raises(LakeUnavailableError, match="cannot be read"):
        open_reader(stand.directory)
    stand.directory.current.unlink()


def test_a_search_copy_damaged_where_it_is_not_looked_at_does_not_stop_the_next_publication(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    publication = publish(stand.writer, ["d"])
    search = stand.directory.published / publication.search_file
    search.write_bytes(b"\0" * search.stat().st_size)
    stand.merge(PRODUCTS, [product("a"), product("b")])

    publish(stand.writer, ["d"])

    assert len(states(stand.directory, "catalog_products")) == 2
    stand.merge(PRODUCTS, [product("c")])
    assert stand.rows("catalog")[0]["sku"] == "c"
