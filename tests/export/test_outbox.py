"""The outbox: batches within limits, tombstones first, the catalog's own bytes, and damage that is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.items import PRODUCTS, WEBSITES, Row, product, website
from support.lakes import NOW, memory_lake, put, put_exported

from syncengine.changes.plan import ExportPlan, Selection, plan_export
from syncengine.errors import StorageError
from syncengine.export.destinations.base import Limits
from syncengine.export.outbox import (
    Batch,
    Outbox,
    check_outbox,
    file_sha256,
    idempotency_key,
    read_batches,
    write_outbox,
)
from syncengine.feeds.feed import Feed

SMALL = Limits(max_items=3, max_bytes=2**20)


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake's tables, empty."""
    connection = memory_lake(PRODUCTS, WEBSITES)
    yield connection
    connection.close()


def planned(lake: duckdb.DuckDBPyConnection, feed: Feed = PRODUCTS, selection: Selection | None = None) -> ExportPlan:
    return plan_export(lake, feed, "d", now=NOW, selection=selection or Selection())


def written(
    lake: duckdb.DuckDBPyConnection, place: Path, *, limits: Limits = SMALL, feed: Feed = PRODUCTS, run_id: str = "r-1",
    selection: Selection | None = None,
) -> Outbox:  # fmt: skip
    plan = planned(lake, feed, selection)
    path = place / f"{feed.name}.parquet"
    return write_outbox(lake, plan, path=path, run_id=run_id, limits=limits, at=NOW)


def skus(batch: Batch) -> list[str]:
    return [orjson.loads(payload)["sku"] for payload in batch.payloads]


def test_batches_carry_exactly_the_payload_bytes_of_the_catalog(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [product(f"s-{n}", name=f'ä"{n}\n\U0001f600 \u2028') for n in range(7)]
    put(lake, "catalog", PRODUCTS, rows)

    batches = list(read_batches(written(lake, tmp_path)))

    assert [len(batch.payloads) for batch in batches] == [3, 3, 1]
    assert [batch.number for batch in batches] == [0, 1, 2]
    sent = [payload for batch in batches for payload in batch.payloads]
    assert sorted(sent) == sorted(row["payload"].encode() for row in rows)
    assert [orjson.loads(batch.body()) for batch in batches] == [[*map(orjson.loads, b.payloads)] for b in batches]


@settings(max_examples=12, deadline=None)
@given(sizes=st.lists(st.integers(1, 400), min_size=1, max_size=30), items=st.integers(1, 9), extra=st.integers(0, 900))
def test_every_batch_is_within_both_limits_unless_one_item_alone_is_not(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], items: int, extra: int
) -> None:
    limits = Limits(max_items=items, max_bytes=300 + extra)
    with memory_lake(PRODUCTS) as lake:
        put(lake, "catalog", PRODUCTS, [product(f"s-{n:03}", name="x" * size) for n, size in enumerate(sizes)])
        outbox = written(lake, tmp_path_factory.mktemp("outbox"), limits=limits)

    batches = list(read_batches(outbox))

    assert sum(len(batch.payloads) for batch in batches) == outbox.items == len(sizes)
    assert len(batches) == outbox.batches
    for batch, following in zip(batches, [*batches[1:], None], strict=True):
        assert len(batch.payloads) <= items
        assert len(batch.body()) <= limits.max_bytes or len(batch.payloads) == 1
        if following is not None and len(batch.payloads) < items:  # it was cut because the next one did not fit
            assert len(batch.body()) + 1 + len(following.payloads[0]) > limits.max_bytes


def test_tombstones_go_first_in_batches_of_their_own(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put(lake, "catalog", PRODUCTS, [product("new-1"), product("new-2")])
    put_exported(lake, [product(f"old-{n}") for n in range(4)])

    batches = list(read_batches(written(lake, tmp_path)))

    assert [(batch.is_delete, len(batch.payloads)) for batch in batches] == [(True, 3), (True, 1), (False, 2)]
    assert sorted(skus(batches[0]) + skus(batches[1])) == [f"old-{n}" for n in range(4)]


def test_a_tombstone_carries_identity_ids_deleted_and_when_and_nothing_else(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    put_exported(lake, [product("gone", entity_id="42", name="a secret")])

    (batch,) = read_batches(written(lake, tmp_path))

    assert orjson.loads(batch.body()) == [
        {
            "productId": "42", "sku": "gone", "storeViewCode": "default", "storeCode": "main", "websiteCode": "base",
            "deleted": True, "modifiedAt": "2026-05-01T12:00:00+00:00",
        }
    ]  # fmt: skip


def test_a_tombstone_has_no_date_where_the_feed_has_none(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_exported(lake, [website("3", code="b2b")], feed=WEBSITES)

    (batch,) = read_batches(written(lake, tmp_path, feed=WEBSITES))

    assert orjson.loads(batch.body()) == [{"websiteId": "3", "websiteCode": "b2b", "stores": [], "deleted": True}]


def test_the_key_is_the_sha_256_of_destination_run_feed_number_and_body(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    put(lake, "catalog", PRODUCTS, [product("a")])

    (batch,) = read_batches(written(lake, tmp_path))

    assert batch.key == hashlib.sha256(b"d\nr-1\nproducts\n0\n" + batch.body()).hexdigest()


def test_every_part_of_a_key_counts() -> None:
    facts = {"destination": "d", "run_id": "r", "feed": "f", "batch_number": 1, "body": b"[]"}
    others = [
        {"destination": "e"}, {"run_id": "s"}, {"feed": "g"}, {"batch_number": 2}, {"body": b"[1]"},
        {"destination": "d\nr", "run_id": ""},
    ]  # fmt: skip

    keys = {idempotency_key(**{**facts, **other}) for other in ({}, *others)}  # type: ignore[arg-type]

    assert len(keys) == len(others) + 1


def test_the_same_plan_gives_the_same_batches_and_keys(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put(lake, "catalog", PRODUCTS, [product(f"s-{n}") for n in range(8)])

    first, second = (list(read_batches(written(lake, tmp_path / name))) for name in ("one", "two"))

    assert first == second
    assert len({batch.key for batch in first}) == 3


def test_the_outbox_tells_what_changes_and_from_what(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before, after = product("a", name="before", weight=1), product("a", name="after", colour="red")
    put(lake, "catalog", PRODUCTS, [after, product("b")])
    put_exported(lake, [before, product("b")])

    outbox = written(lake, tmp_path, selection=Selection(resync=True))

    rows = {row["sku"]: row for row in pl.read_parquet(outbox.path).to_dicts()}
    assert (rows["a"]["operation"], rows["a"]["hash_before"], rows["a"]["feed_hash"]) == (
        "update", before["feed_hash"], after["feed_hash"],
    )  # fmt: skip
    assert rows["a"]["changed_paths"] == ["colour", "name", "weight"]
    assert (rows["b"]["operation"], rows["b"]["changed_paths"]) == ("resend", None)


def test_many_row_groups_are_read_back_whole_and_in_order(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    wanted: list[Row] = [product(f"s-{n:04}") for n in range(230)]
    put(lake, "catalog", PRODUCTS, wanted)

    batches = list(read_batches(written(lake, tmp_path, limits=Limits(max_items=2, max_bytes=2**20))))

    assert [batch.number for batch in batches] == list(range(115))
    assert sorted(sku for batch in batches for sku in skus(batch)) == [row["sku"] for row in wanted]


def test_nothing_to_send_writes_no_file(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    outbox = written(lake, tmp_path)

    check_outbox(outbox)

    assert (outbox.items, outbox.batches, list(read_batches(outbox)), list(tmp_path.iterdir())) == (0, 0, [], [])


def test_only_the_finished_file_is_left(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "products.tmp").write_bytes(b"a killed run left this")
    put(lake, "catalog", PRODUCTS, [product("a")])

    outbox = written(lake, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["products.parquet"]
    assert outbox.sha256 == file_sha256(outbox.path)


def test_rows_that_do_not_match_the_plan_stop_everything(lake: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put(lake, "catalog", PRODUCTS, [product("a"), product("b")])
    plan = planned(lake)
    lake.execute("DELETE FROM lake.catalog.products WHERE sku = 'b'")

    with pytest.raises(StorageError, match="holds 1 items where 2 were planned"):
        write_outbox(lake, plan, path=tmp_path / "x.parquet", run_id="r", limits=SMALL, at=NOW)

    assert not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing", "replaced", "empty"])
def test_a_damaged_outbox_is_found_before_anything_is_sent(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path, damage: str
) -> None:
    put(lake, "catalog", PRODUCTS, [product("a")])
    outbox = written(lake, tmp_path)
    check_outbox(outbox)
    content = bytearray(outbox.path.read_bytes())
    middle = len(content) // 2
    if damage == "flipped":
        content[middle] ^= 1
        outbox.path.write_bytes(content)
    elif damage == "truncated":
        outbox.path.write_bytes(content[:middle])
    elif damage == "replaced":
        written(lake, tmp_path, run_id="another")
    elif damage == "empty":
        outbox.path.write_bytes(b"")
    else:
        outbox.path.unlink()

    with pytest.raises(StorageError, match="missing or damaged") as caught:
        check_outbox(outbox)

    assert str(outbox.path) in caught.value.message


def test_a_bit_that_flips_after_the_check_is_found_by_the_pages_own_checksum(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    put(lake, "catalog", PRODUCTS, [product(f"s-{n}") for n in range(50)])
    outbox = written(lake, tmp_path)
    content = bytearray(outbox.path.read_bytes())
    found = [n for n in range(len(content) - 4) if content[n : n + 4] == b"\x28\xb5\x2f\xfd"]  # zstd frames
    assert found
    for start in found:
        content[start + 12] ^= 1
    outbox.path.write_bytes(content)

    with pytest.raises(StorageError, match=r"(?i)products\.parquet.*(crc|checksum|integrity)"):
        list(read_batches(outbox))
