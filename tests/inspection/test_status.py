"""Where things stand."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import update

from syncengine.control.engine import ENGINE, beat, release_engine, take_engine
from syncengine.control.runs import RunStatus, Step, finish_run, set_step
from syncengine.control.schema import utc_now
from syncengine.errors import CatalogSyncError
from syncengine.feeds.registry import FEEDS
from syncengine.inspection.products import ProductQuery, search_products
from syncengine.inspection.status import HEARTBEAT_STALE, feed_table, sync_status
from syncengine.inspection.view import CatalogView, rows

from .lake_of import LakeOf, product


def hold_engine(lake: LakeOf, *, pid: int | None = None, host: str | None = None) -> None:
    with lake.control.write() as connection:
        take_engine(connection, pid=pid or os.getpid(), host=host or socket.gethostname(), kind="engine")
        beat(connection, next_sync_at=utc_now() + timedelta(minutes=20))


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def test_before_the_first_sync_all_is_empty_and_nothing_fails(view: CatalogView) -> None:
    found = sync_status(view)
    assert found.last_sync is None
    assert (found.products_synced, found.delta_to_previous, found.equation) == (0, None, None)
    assert not found.engine.running
    assert found.as_json()["last_sync"] is None
    assert [feed.feed for feed in found.feeds] == list(FEEDS)
    assert all(feed.status is None and feed.source_records == 0 for feed in found.feeds)


def test_success_shows_when_it_ended_and_how_many_products_were_updated(lake: LakeOf, view: CatalogView) -> None:
    run = lake.synced(products=[product("a"), product("a", view="french"), product("b")])
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at, last.products_updated, last.run_id) == ("Success", run.finished_at, 2, run.run_id)


def test_in_progress_shows_the_last_successful_sync(lake: LakeOf, view: CatalogView) -> None:
    before = lake.synced(products=[product("a")])
    hold_engine(lake)
    run = lake.begin()
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at, last.run_id) == ("In Progress", before.finished_at, run.run_id)


def test_the_first_run_in_progress_has_no_time_to_show(lake: LakeOf, view: CatalogView) -> None:
    hold_engine(lake)
    lake.begin()
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at) == ("In Progress", None)


def test_a_run_whose_engine_is_gone_is_failed_with_the_reason(lake: LakeOf, view: CatalogView) -> None:
    run = lake.begin()
    with lake.control.write() as connection:
        set_step(connection, run.run_id, Step.EXPORT)
    hold_engine(lake, pid=ended_process())
    found = sync_status(view)
    assert not found.engine.running
    assert found.next_sync_at is None
    assert found.last_sync is not None
    assert (found.last_sync.status, found.last_sync.at) == ("Failed", run.started_at)
    assert found.last_sync.reason == "The engine stopped responding in step export."


@pytest.mark.parametrize(("status", "code"), [(RunStatus.FAILED, "CS2002"), (RunStatus.HELD, "CS4101")])
def test_failed_and_held_show_when_it_was_attempted_and_why(
    lake: LakeOf, view: CatalogView, status: RunStatus, code: str
) -> None:
    lake.synced(products=[product("a")])
    run = lake.begin()
    with lake.control.write() as connection:
        finish_run(connection, run.run_id, status, error=CatalogSyncError("It broke.", code=code, hint="Mend it."))
    last = sync_status(view).last_sync
    assert last is not None
    assert (last.status, last.at, last.reason, last.hint) == ("Failed", run.started_at, "It broke.", "Mend it.")


@pytest.mark.parametrize("status", [RunStatus.CANCELLED, RunStatus.SUCCESS])
def test_dry_runs_and_cancelled_runs_are_no_syncs(lake: LakeOf, view: CatalogView, status: RunStatus) -> None:
    real = lake.synced(products=[product("a")])
    other = lake.begin(dry_run=status is RunStatus.SUCCESS)
    with lake.control.write() as connection:
        finish_run(connection, other.run_id, status)
    found = sync_status(view)
    assert found.last_sync is not None
    assert found.last_sync.run_id == real.run_id
    assert [run.run_id for run in found.recent_runs] == [other.run_id, real.run_id]


def test_the_engine_runs_while_its_process_does(lake: LakeOf, view: CatalogView) -> None:
    hold_engine(lake)
    found = sync_status(view)
    assert found.engine.running
    assert found.engine.pid == os.getpid()
    assert found.next_sync_at is not None
    with lake.control.write() as connection:
        release_engine(connection)
    assert not sync_status(view).engine.running


def test_an_engine_elsewhere_runs_while_its_heartbeat_is_fresh(lake: LakeOf, view: CatalogView) -> None:
    hold_engine(lake, host="another-machine", pid=ended_process())
    assert sync_status(view).engine.running
    with lake.control.write() as connection:
        connection.execute(update(ENGINE).values(heartbeat_at=utc_now() - 2 * HEARTBEAT_STALE))
    assert not sync_status(view).engine.running


def test_feeds_are_counted_at_their_destination(seen: CatalogView, worked: LakeOf) -> None:
    feeds = {feed.feed: feed for feed in sync_status(seen).feeds}
    products = feeds["products"]
    assert (products.source_records, products.sent_records, products.failed_records, products.waiting_records) == (
        9, 7, 2, 2,
    )  # fmt: skip
    assert (products.destination, products.status) == (worked.destination, "Success")
    assert (feeds["prices"].source_records, feeds["prices"].sent_records) == (2, 2)
    assert feeds["categories"].status is None


def test_the_equation_of_the_last_run_adds_up(seen: CatalogView) -> None:
    counts = sync_status(seen).equation
    assert counts is not None
    assert counts.catalog == counts.unchanged + counts.added + counts.changed + counts.skipped == 9
    assert counts.sent == counts.added + counts.changed + counts.removed + counts.resent == 6
    assert counts.sent == counts.accepted + counts.rejected + counts.waiting
    assert (counts.accepted, counts.rejected, counts.waiting, counts.removed, counts.set_aside) == (3, 1, 2, 1, 1)


def test_what_needs_attention_is_counted(seen: CatalogView) -> None:
    attention = sync_status(seen).needs_attention
    assert (attention.rejected, attention.retrying, attention.waiting, attention.set_aside) == (2, 2, 2, 1)


def test_numbers_equal_the_lists_behind_them(seen: CatalogView) -> None:
    found = sync_status(seen)
    synced = search_products(seen, ProductQuery(limit=1000))
    assert found.products_synced == synced.rows["sku"].n_unique() == 6
    feeds = {feed.feed: feed for feed in found.feeds}
    assert feeds["products"].sent_records == synced.total
    assert feeds["products"].source_records == search_products(seen, ProductQuery(side="catalog")).total
    for name, feed in feeds.items():
        counted = rows(seen.reader(), f'SELECT count(*) AS n FROM lake.catalog."{name}"')["n"][0]
        assert feed.source_records == counted


def test_the_delta_is_against_the_run_before(lake: LakeOf, view: CatalogView) -> None:
    lake.synced(products=[product("a"), product("b")])
    assert sync_status(view).delta_to_previous is None
    lake.synced(products=[product("a"), product("c"), product("d"), product("e")])
    assert sync_status(view).delta_to_previous == 2
    lake.synced(products=[product("a"), product("c"), product("d"), product("e")])
    assert sync_status(view).delta_to_previous == 0


def test_the_json_has_the_promised_shape(seen: CatalogView) -> None:
    shape = sync_status(seen).as_json()
    assert {"last_sync", "products_synced", "next_sync_at", "engine", "feeds"} <= set(shape)
    assert {"status", "at", "products_updated", "run_id"} <= set(shape["last_sync"])
    assert set(shape["engine"]) == {"running", "pid", "heartbeat_at"}
    for feed in shape["feeds"]:
        assert {
            "feed", "destination", "status", "source_records", "sent_records", "failed_records", "last_exported_at",
        } <= set(feed)  # fmt: skip


def test_the_feed_table_lists_every_feed_with_its_identity(seen: CatalogView) -> None:
    table = {row.feed: row for row in feed_table(seen)}
    assert list(table) == list(FEEDS)
    assert table["prices"].as_json()["identity"] == ["sku", "customerGroupCode", "websiteCode"]
    products = table["products"]
    assert (products.catalog, products.exported, products.waiting, products.rejected) == (9, 7, 2, 2)
    assert (products.offered, table["productOverrides"].offered) == (True, False)


def test_before_the_first_sync_it_is_not_known_what_is_offered(view: CatalogView) -> None:
    assert {row.offered for row in feed_table(view)} == {None}
