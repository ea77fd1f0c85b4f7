"""Merging a compiled catalog into the lake: what is written, what is left, and what each commit says."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from support.items import MODIFIED, PRODUCTS, WEBSITES, product, website, write_compiled, write_set_aside
from support.lakes import Stand

from syncengine.errors import LakeError
from syncengine.feeds.registry import get_feed
from syncengine.lake.set_aside import set_aside_differs
from syncengine.lake.writer import LakeWriter, MergeCounts


def test_merge_counts_what_came_changed_and_went(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a"), product("b"), product("c")])

    counts = stand.merge(PRODUCTS, [product("a"), product("b", name="other"), product("d"), product("e")])

    assert (counts.inserted, counts.updated, counts.deleted, counts.touched) == (2, 1, 1, 4)


def test_merge_leaves_exactly_the_compiled_rows(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a"), product("b"), product("c")])
    wanted = [product("a"), product("b", name="other", price="3.5000"), product("d")]

    stand.merge(PRODUCTS, wanted)

    held = {row["sku"]: row for row in stand.rows("catalog")}
    assert {sku: (row["payload"], row["name"], row["price"]) for sku, row in held.items()} == {
        row["sku"]: (row["payload"], row["name"], row["price"]) for row in wanted
    }


def test_a_moved_date_alone_is_an_update_so_that_last_modified_is_true(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    later = MODIFIED + timedelta(days=1)

    counts = stand.merge(PRODUCTS, [product("a", modified=later)])

    assert counts.updated == 1
    assert stand.rows("catalog")[0]["modified_at"] == later


def test_a_changed_listing_column_alone_is_an_update(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])

    counts = stand.merge(PRODUCTS, [{**product("a"), "status": "Disabled"}])

    assert counts.updated == 1


def test_nothing_changed_makes_no_snapshot(stand: Stand) -> None:
    rows = [product("a"), product("b")]
    stand.merge(PRODUCTS, rows)
    before = stand.writer.snapshot_id()

    counts = stand.merge(PRODUCTS, rows)

    assert counts.touched == 0
    assert stand.writer.snapshot_id() == before


def test_a_merge_within_some_source_entities_leaves_the_others_as_they_are(stand: Stand) -> None:
    place = stand.directory.staging("x")
    stand.merge(PRODUCTS, [product(sku, entity_id=number) for sku, number in (("a", "1"), ("b", "2"), ("c", "3"))])
    now = [product("a", entity_id="1", name="other"), product("c", entity_id="3", name="not looked at")]
    compiled = write_compiled(place / "products.parquet", PRODUCTS, now)
    aside = write_set_aside(place / "set_aside.parquet")
    within = place / "within.parquet"
    stand.writer.connection.execute(
        f"COPY (SELECT * FROM (VALUES ('1'), ('2')) AS looked_at (source_entity_id)) TO '{within}'"
    )

    counts = stand.writer.stage_merge(PRODUCTS, compiled, aside, within=within)

    assert counts == MergeCounts(inserted=0, updated=1, deleted=1)


def test_writing_a_merge_without_a_difference_makes_no_snapshot_either(stand: Stand) -> None:
    compiled = write_compiled(stand.directory.staging("x") / "products.parquet", PRODUCTS, [product("a")])
    aside = write_set_aside(stand.directory.staging("x") / "set_aside.parquet")
    stand.merge(PRODUCTS, [product("a")])
    stand.writer.stage_merge(PRODUCTS, compiled, aside)
    before = stand.writer.snapshot_id()

    stand.writer.write_merge([(PRODUCTS, compiled)], None, run_id="r-2")

    assert stand.writer.snapshot_id() == before


def test_a_record_set_aside_keeps_its_earlier_rows(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", entity_id="1"), product("b", entity_id="2"), product("c", entity_id="3")])

    counts = stand.merge(PRODUCTS, [product("a", entity_id="1")], set_aside=[(PRODUCTS, "2")])

    assert (counts.deleted, sorted(row["sku"] for row in stand.rows("catalog"))) == (1, ["a", "b"])


def test_a_record_set_aside_in_another_feed_protects_nothing(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", entity_id="1"), product("b", entity_id="2")])

    counts = stand.merge(PRODUCTS, [product("a", entity_id="1")], set_aside=[(WEBSITES, "2")])

    assert counts.deleted == 1


def test_a_record_set_aside_without_a_source_entity_protects_nothing(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a", entity_id="1"), product("b", entity_id="2")])

    counts = stand.merge(PRODUCTS, [product("a", entity_id="1")], set_aside=[(PRODUCTS, None)])

    assert counts.deleted == 1


def test_rows_without_a_source_entity_go_although_another_record_was_set_aside(stand: Stand) -> None:
    stand.merge(WEBSITES, [website("1", entity_id=None), website("2", entity_id="2")])

    counts = stand.merge(WEBSITES, [website("2", entity_id="2")], set_aside=[(WEBSITES, "9")])

    assert counts.deleted == 1


def test_records_set_aside_are_kept_until_an_index_says_otherwise(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")], set_aside=[(PRODUCTS, "7"), (PRODUCTS, "8")])
    kept = stand.writer.query("SELECT source_entity_id FROM lake.catalog.set_aside ORDER BY ALL").rows()
    stand.merge(PRODUCTS, [product("a")], set_aside=[(PRODUCTS, "8")])
    after = stand.writer.query("SELECT source_entity_id FROM lake.catalog.set_aside ORDER BY ALL").rows()

    assert (kept, after) == ([("7",), ("8",)], [("8",)])


def test_merges_of_several_feeds_are_one_commit(stand: Stand) -> None:
    place = stand.directory.staging("x")
    aside = write_set_aside(place / "set_aside.parquet")
    merges = [
        (PRODUCTS, write_compiled(place / "products.parquet", PRODUCTS, [product("a")])),
        (WEBSITES, write_compiled(place / "scopesWebsite.parquet", WEBSITES, [website("1")])),
    ]
    for feed, compiled in merges:
        stand.writer.stage_merge(feed, compiled, aside)
    before = stand.writer.snapshot_id()

    stand.writer.write_merge(merges, None, run_id="r-9")

    assert stand.writer.snapshot_id() == before + 1
    assert len(stand.rows("catalog")) == len(stand.rows("catalog", WEBSITES)) == 1


def test_a_commit_is_found_by_its_run_step_and_facts(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")], run_id="r-1")
    first = stand.writer.snapshot_id()
    stand.merge(PRODUCTS, [product("b")], run_id="r-2")

    assert stand.writer.find_commit("r-1", "snapshot") == first
    assert stand.writer.find_commit("r-2", "snapshot") == first + 1
    assert stand.writer.find_commit("r-3", "snapshot") is None
    assert stand.writer.find_commit("r-1", "snapshot", fold=1) is None


def test_awkward_text_comes_back_as_it_went_in(stand: Stand) -> None:
    name = "q'uo\"te\n\ttab \u2028 \U0001f600 \u202e rtl " + "long" * 500

    stand.merge(PRODUCTS, [product("a'b\"c", name=name)])

    (row,) = stand.rows("catalog")
    assert (row["sku"], row["name"]) == ("a'b\"c", name)


def test_a_failing_block_leaves_no_trace_and_the_writer_goes_on(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    before = stand.writer.snapshot_id()

    with pytest.raises(RuntimeError, match="halfway"), stand.writer.commit("test", run_id="r-1"):
        stand.writer.connection.execute("DELETE FROM lake.catalog.products")
        raise RuntimeError("halfway")

    assert stand.writer.snapshot_id() == before
    assert stand.merge(PRODUCTS, [product("a"), product("b")]).inserted == 1


def test_a_failing_statement_is_told_as_ours_and_the_writer_goes_on(stand: Stand) -> None:
    with (
        pytest.raises(LakeError, match=r"The lake could not be written \(test\)"),
        stand.writer.commit("test", run_id=None),
    ):
        stand.writer.connection.execute("SELECT * FROM lake.catalog.nothing")

    assert stand.merge(PRODUCTS, [product("a")]).inserted == 1


def test_tables_are_made_once_and_missing_ones_are_added(stand: Stand) -> None:
    before = stand.writer.snapshot_id()
    stand.writer.ensure_tables([PRODUCTS, WEBSITES])
    assert stand.writer.snapshot_id() == before

    stand.writer.ensure_tables([PRODUCTS, get_feed("variants")])

    assert stand.rows("history", get_feed("variants")) == []
    assert stand.writer.snapshot_id() == before + 1


def test_what_was_committed_is_there_for_the_next_writer(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")], run_id="r-1")
    commit = stand.writer.find_commit("r-1", "snapshot")
    stand.writer.close()

    with LakeWriter(stand.directory) as again:
        rows = again.query('SELECT sku, modified_at FROM lake.catalog."products"').rows()
        assert again.find_commit("r-1", "snapshot") == commit

    assert rows == [("a", datetime(2026, 1, 1))]


def test_a_moved_data_directory_opens_where_it_stands(stand: Stand) -> None:
    stand.merge(PRODUCTS, [product("a")])
    stand.writer.close()
    moved = stand.directory.root.with_name("moved 'elsewhere'")
    stand.directory.root.rename(moved)

    with LakeWriter(type(stand.directory)(moved)) as writer:
        assert writer.query('SELECT sku FROM lake.catalog."products"').rows() == [("a",)]


def test_an_index_of_one_feed_leaves_what_is_set_aside_of_others(stand: Stand) -> None:
    place = stand.directory.staging("x")
    both = write_set_aside(place / "both.parquet", [(PRODUCTS, "7"), (WEBSITES, "9")])
    stand.writer.write_merge([], both, run_id="r-1")
    none = write_set_aside(place / "none.parquet")

    assert set_aside_differs(stand.writer, none, [PRODUCTS])
    stand.writer.write_merge([], none, run_id="r-2", indexed=[PRODUCTS])

    assert stand.writer.query("SELECT feed FROM lake.catalog.set_aside").rows() == [(WEBSITES.name,)]
    assert not set_aside_differs(stand.writer, none, [PRODUCTS])
