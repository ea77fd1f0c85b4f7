"""What a destination is to be sent: the diff, less what is left alone, plus what a resync or a due retry adds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest
from support.items import PRODUCTS, VARIANTS, WEBSITES, Row, product, variant, website
from support.lakes import NOW, memory_lake, put, put_delivery, put_exported

from syncengine.changes.plan import ExportPlan, Selection, plan_export
from syncengine.feeds.feed import Feed

Connection = duckdb.DuckDBPyConnection
ALL = Selection(resync=True)


@pytest.fixture
def lake() -> Iterator[Connection]:
    """The lake's tables, empty."""
    connection = memory_lake(PRODUCTS, VARIANTS, WEBSITES)
    yield connection
    connection.close()


def planned(
    lake: Connection, *, feed: Feed = PRODUCTS, selection: Selection | None = None, destination: str = "d"
) -> tuple[ExportPlan, dict[str, str]]:
    """The plan, and the operation of each item by the first column of its identity."""
    plan = plan_export(lake, feed, destination, now=NOW, selection=selection or Selection())
    key = feed.identity_columns[0]
    both = " UNION ".join(
        f'SELECT feed_id, {key} FROM lake.{schema}."{feed.name}"' for schema in ("catalog", "exported")
    )
    rows = lake.execute(f"SELECT {key}, operation FROM {plan.table} JOIN ({both}) USING (feed_id)").fetchall()
    assert len(rows) == plan.sent
    assert plan.catalog == plan.unchanged + plan.added + plan.changed + plan.skipped
    return plan, dict(rows)


def test_the_difference_of_exported_and_catalog_is_planned(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("new"), product("same"), product("other", name="after")])
    put_exported(lake, [product("same"), product("other"), product("gone")])

    plan, operations = planned(lake)

    assert operations == {"new": "insert", "other": "update", "gone": "delete"}
    found = (plan.catalog, plan.exported, plan.unchanged, plan.added, plan.changed, plan.skipped, plan.removed)
    assert found == (3, 3, 1, 1, 1, 0, 1)


def test_nothing_changed_plans_nothing(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("a"), product("b")])
    put_exported(lake, [product("a"), product("b")])

    plan, operations = planned(lake)

    assert (operations, plan.unchanged, plan.sent) == ({}, 2, 0)


def test_a_moved_date_alone_is_not_exported(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("a", modified=NOW.replace(tzinfo=None))])
    put_exported(lake, [product("a")])

    assert planned(lake)[1] == {}


def test_an_acknowledged_tombstone_counts_as_not_held(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("back")])
    put_exported(lake, [product("back"), product("gone")], is_deleted=True)

    plan, operations = planned(lake)

    assert operations == {"back": "insert"}
    assert plan.exported == 0


def test_what_another_destination_holds_or_refused_does_not_count(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("a")])
    put_exported(lake, [product("a")], destination="other")
    put_delivery(lake, [product("a")], "rejected", destination="other")

    assert planned(lake)[1] == {"a": "insert"}


@pytest.mark.parametrize("state", ["rejected", "dead_letter"])
def test_an_item_set_aside_with_this_content_is_left_alone(lake: Connection, state: str) -> None:
    put(lake, "catalog", PRODUCTS, [product("a"), product("b", name="after")])
    put_exported(lake, [product("b")])
    put_delivery(lake, [product("a"), product("b", name="after")], state)

    plan, operations = planned(lake)

    assert (operations, plan.skipped) == ({}, 2)


@pytest.mark.parametrize("state", ["rejected", "dead_letter", "retry", "unknown"])
def test_a_newer_version_of_an_item_is_never_in_its_own_way(lake: Connection, state: str) -> None:
    put(lake, "catalog", PRODUCTS, [product("a", name="newer")])
    put_delivery(lake, [product("a", name="older")], state, due=NOW + timedelta(hours=1))

    assert planned(lake)[1] == {"a": "insert"}


@pytest.mark.parametrize("state", ["retry", "unknown"])
@pytest.mark.parametrize(("wait", "sent"), [(timedelta(seconds=1), 0), (timedelta(0), 1), (-timedelta(hours=1), 1)])
def test_a_retry_is_planned_when_it_is_due(lake: Connection, state: str, wait: timedelta, sent: int) -> None:
    put(lake, "catalog", PRODUCTS, [product("a")])
    put_delivery(lake, [product("a")], state, due=NOW + wait)

    plan, _ = planned(lake)

    assert (plan.added, plan.skipped) == (sent, 1 - sent)


@pytest.mark.parametrize(("wait", "sent"), [(timedelta(minutes=5), {}), (timedelta(0), {"a": "delete"})])
def test_a_removal_waits_for_its_retry_too(lake: Connection, wait: timedelta, sent: dict[str, str]) -> None:
    put_exported(lake, [product("a")])
    put_delivery(lake, [{**product("a"), "feed_hash": None}], "retry", due=NOW + wait)

    assert planned(lake)[1] == sent


@pytest.mark.parametrize(("wait", "sent"), [(timedelta(minutes=5), {}), (timedelta(0), {"a": "resend"})])
def test_what_a_resync_sent_in_vain_is_sent_again_when_due(
    lake: Connection, wait: timedelta, sent: dict[str, str]
) -> None:
    put(lake, "catalog", PRODUCTS, [product("a"), product("b")])
    put_exported(lake, [product("a"), product("b")])
    put_delivery(lake, [product("a")], "unknown", due=NOW + wait)

    plan, operations = planned(lake)

    assert (operations, plan.unchanged) == (sent, 2)


@pytest.mark.parametrize("state", ["rejected", "dead_letter"])
def test_what_a_resync_had_refused_is_not_sent_again_by_itself(lake: Connection, state: str) -> None:
    put(lake, "catalog", PRODUCTS, [product("a")])
    put_exported(lake, [product("a")])
    put_delivery(lake, [product("a")], state)

    assert planned(lake)[1] == {}


def test_a_resync_of_all_sends_everything_whatever_its_hash_or_state(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("same"), product("new"), product("refused"), product("waits")])
    put_exported(lake, [product("same"), product("gone")])
    put_delivery(lake, [product("refused")], "rejected")
    put_delivery(lake, [product("waits")], "retry", due=NOW + timedelta(hours=3))

    plan, operations = planned(lake, selection=ALL)

    assert operations == {
        "same": "resend", "new": "insert", "refused": "insert", "waits": "insert", "gone": "delete",
    }  # fmt: skip
    assert (plan.resent, plan.skipped, plan.unchanged) == (1, 0, 1)


def test_a_resync_does_not_repeat_an_acknowledged_tombstone(lake: Connection) -> None:
    put_exported(lake, [product("gone")], is_deleted=True)

    assert planned(lake, selection=ALL)[1] == {}


def test_a_resync_by_sku_matches_without_case_and_sends_nothing_else(lake: Connection) -> None:
    rows = [product("Abc-1"), product("abc-1", view="fr"), product("ÄÖ-İ"), product("z"), product("new")]
    put(lake, "catalog", PRODUCTS, rows)
    put_exported(lake, [*rows[:4], product("ABC-GONE")])
    selection = Selection(resync=True, by="sku", values=(" aBC-1 ", "äö-İ", "abc-gone", "unheard-of"))

    _, operations = planned(lake, selection=selection)

    assert operations == {"Abc-1": "resend", "abc-1": "resend", "ÄÖ-İ": "resend", "ABC-GONE": "delete"}


def test_a_resync_by_sku_is_literal(lake: Connection) -> None:
    rows = [product("100%"), product("100x"), product("a_b"), product("axb"), product("it's")]
    put(lake, "catalog", PRODUCTS, rows)
    put_exported(lake, rows)

    _, operations = planned(lake, selection=Selection(resync=True, by="sku", values=("100%", "a_b", "it's")))

    assert sorted(operations) == ["100%", "a_b", "it's"]


def test_a_resync_by_product_id_finds_the_source_entity(lake: Connection) -> None:
    rows = [product("a", entity_id="1"), product("b", entity_id="11"), product("c", entity_id="2")]
    put(lake, "catalog", PRODUCTS, rows)
    put_exported(lake, rows)

    assert planned(lake, selection=Selection(resync=True, by="productId", values=("1",)))[1] == {"a": "resend"}


@pytest.mark.parametrize("sku", ["PARENT", "child"])
def test_a_variant_is_named_by_its_parents_sku_or_its_own(lake: Connection, sku: str) -> None:
    rows: list[Row] = [variant("parent", "CHILD"), variant("someone", "else")]
    put(lake, "catalog", VARIANTS, rows)
    put_exported(lake, rows, feed=VARIANTS)

    assert planned(lake, feed=VARIANTS, selection=Selection(resync=True, by="sku", values=(sku,)))[1] == {
        "parent": "resend"
    }


def test_a_feed_without_skus_sends_nothing_in_a_resync_by_sku(lake: Connection) -> None:
    put(lake, "catalog", WEBSITES, [website("1")])

    assert planned(lake, feed=WEBSITES, selection=Selection(resync=True, by="sku", values=("1",)))[1] == {}


def test_a_resync_by_no_ids_sends_nothing(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("a")])

    assert planned(lake, selection=Selection(resync=True, by="sku", values=()))[1] == {}


def test_the_plan_keeps_both_hashes_of_a_change(lake: Connection) -> None:
    before, after = product("a", name="before"), product("a", name="after")
    put(lake, "catalog", PRODUCTS, [after])
    put_exported(lake, [before])

    plan, _ = planned(lake)

    hashes = lake.execute(f"SELECT hash_before::VARCHAR, hash_after::VARCHAR FROM {plan.table}").fetchall()
    assert hashes == [(before["feed_hash"], after["feed_hash"])]


def _again(lake: Connection, by: str, **more: object) -> ExportPlan:
    return plan_export(lake, PRODUCTS, "d", now=NOW, selection=Selection(resync=True, by=by, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("retries", {"s-retry", "s-unknown"}),
        ("dead_letters", {"s-dead_letter"}),
        ("refused", {"s-dead_letter", "s-rejected"}),
    ],
)
def test_what_was_not_taken_is_sent_again_by_its_state_and_nothing_else(
    lake: Connection, by: str, expected: set[str]
) -> None:
    states = ("retry", "unknown", "dead_letter", "rejected")
    put(lake, "catalog", PRODUCTS, [product(f"s-{state}") for state in states] + [product("new")])
    for state in states:
        due = NOW + timedelta(hours=1) if state in ("retry", "unknown") else None
        put_delivery(lake, [product(f"s-{state}")], state, due=due)
        put_delivery(lake, [product("new")], state, destination="other", due=due)

    plan = _again(lake, by)

    rows = lake.execute(f"SELECT sku FROM lake.catalog.products JOIN {plan.table} USING (feed_id)").fetchall()
    assert {sku for (sku,) in rows} == expected
    assert plan.sent == len(expected)


def test_a_removal_that_was_not_taken_is_sent_again(lake: Connection) -> None:
    put_exported(lake, [product("gone")])
    put_delivery(lake, [product("gone") | {"feed_hash": None}], "retry", due=NOW + timedelta(hours=1))

    assert _again(lake, "retries").removed == 1


def test_a_resync_is_continued_with_what_was_not_accepted_since(lake: Connection) -> None:
    items = [product(f"s-{n}") for n in range(4)]
    put(lake, "catalog", PRODUCTS, items)
    put_exported(lake, items[:2])  # accepted at NOW
    put_exported(lake, [product("gone")])

    assert _again(lake, "continued", since=NOW - timedelta(minutes=1)).sent == 2 + 1
    assert _again(lake, "continued", since=NOW + timedelta(minutes=1)).sent == 4 + 1


def test_tombstones_go_out_again_only_when_asked_for(lake: Connection) -> None:
    put(lake, "catalog", PRODUCTS, [product("kept"), product("back")])
    put_exported(lake, [product("kept")])
    put_exported(lake, [product("gone"), product("back")], is_deleted=True)

    assert _again(lake, "all").removed == 0
    plan = _again(lake, "all", tombstones=True)
    assert (plan.removed, plan.tombstones, plan.added, plan.resent) == (1, 1, 1, 1)
