"""Nightly maintenance: bounded over a long time, exact about the past, and never under a reader's feet."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from support.clock import date_commits
from support.items import PRODUCTS, product
from support.lakes import Stand

from syncengine.control.runs import RunStatus, Step, begin_run, finish_run, get_run, list_runs, set_step
from syncengine.control.store import ControlStore
from syncengine.lake.compaction import live_files
from syncengine.lake.publish import publish
from syncengine.lake.reader import open_reader
from syncengine.lake.retention import list_snapshots
from syncengine.settings import MaintenanceSettings, Settings
from syncengine.upkeep.maintenance import (
    MaintenanceReport,
    last_maintenance,
    run_maintenance,
)

START = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
AGES = "SELECT sku, said_at FROM lake.catalog.products ORDER BY sku"
CONTENT = "SELECT count(*), sum(hash(feed_id, feed_hash, payload))::VARCHAR FROM lake.{table}"


def kept(settings: Settings, **values: float) -> Settings:
    """The settings with other retention."""
    return settings.model_copy(update={"maintenance": MaintenanceSettings(**values)})


def night(stand: Stand, control: ControlStore, settings: Settings, at: datetime) -> MaintenanceReport:
    """One maintenance at a time of the test's own."""
    report = run_maintenance(stand.writer, control, settings, now=at)
    date_commits(stand.writer, at)
    return report


def catalog_of(commit: int, items: int = 40) -> list[dict[str, object]]:
    """A catalog in which the same product changes with every commit, and another one too."""
    return [
        product(f"p{n}", name=f"changed by {commit if n == 0 else commit - (commit - n) % items}") for n in range(items)
    ]


def change(stand: Stand, commits: range, at: datetime = START, every: timedelta = timedelta(hours=1)) -> datetime:
    """Merge and deliver one catalog after the other, `every` so often; returns when the last one was."""
    for commit in commits:
        stand.merge(PRODUCTS, catalog_of(commit), run_id=f"r-{commit}")
        stand.deliver(at=at)
        date_commits(stand.writer, at)
        at += every
    return at


def content(stand: Stand, table: str = "catalog.products", snapshot: int | None = None) -> tuple[object, ...]:
    version = "" if snapshot is None else f" AT (VERSION => {snapshot})"
    row = stand.writer.connection.execute(CONTENT.format(table=table) + version).fetchone()
    assert row is not None
    return row


def test_a_table_with_many_files_is_compacted_and_every_snapshot_still_says_the_same(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    at = change(stand, range(1, 14))
    snapshots = [item.snapshot_id for item in list_snapshots(stand.writer)][3:]
    tables = ("catalog.products", "exported.products")
    before = {(table, number): content(stand, table, number) for table in tables for number in snapshots}

    ages = stand.writer.query(AGES).rows()

    report = night(stand, control, kept(settings, most_files=5), at)

    assert stand.writer.query(AGES).rows() == ages
    assert {item.table for item in report.compacted} == {"catalog.products", "exported.products", "history.products"}
    assert all(item.files_before > 5 >= item.files_after for item in report.compacted)
    assert max(live_files(stand.writer).values()) <= 5
    assert {(table, number): content(stand, table, number) for table in tables for number in snapshots} == before


def test_small_files_that_keep_each_other_from_being_merged_are_gathered_and_the_large_one_stays(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    base = [product(f"base{n}", name=os.urandom(200).hex()) for n in range(300)]
    rows = {row["sku"]: row for row in base}
    stand.merge(PRODUCTS, base)
    large = max(stand.writer.files(), key=lambda file: file[1])
    for commit in range(12):  # each brings twenty items, and takes one of the commit before
        rows |= {f"new{commit}-{n}": product(f"new{commit}-{n}") for n in range(20)}
        rows[f"new{commit - 1}-0"] = product(f"new{commit - 1}-0", name="again")
        rows["base0"] = product("base0", name=str(commit))
        stand.merge(PRODUCTS, list(rows.values()))
    date_commits(stand.writer, START)
    before = content(stand)

    (compacted,) = night(stand, control, kept(settings, most_files=4), START).compacted

    assert compacted.files_after <= 4
    assert large in stand.writer.files()
    assert content(stand) == before


def test_snapshots_are_thinned_to_one_a_day_and_runs_name_only_what_is_kept(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    at = START
    for commit in range(16):
        with control.write() as connection:
            run = begin_run(
                connection, trigger="schedule", mode="changes", dry_run=False, requested_by="t", feeds=("products",)
            )
        stand.merge(PRODUCTS, catalog_of(commit), run_id=run.run_id)
        date_commits(stand.writer, at)
        number = stand.writer.snapshot_id()
        with control.write() as connection:
            set_step(connection, run.run_id, Step.PUBLISH, catalog_snapshot=number, exported_snapshot=number)
            finish_run(connection, run.run_id, RunStatus.SUCCESS)
        at += timedelta(hours=6)

    report = night(stand, control, kept(settings, hourly_days=1, daily_days=3), at)

    left = list_snapshots(stand.writer)
    recent = [item for item in left if item.taken_at >= at - timedelta(days=1)]
    older = [item for item in left if item not in recent and item.step == "snapshot"]
    assert len(recent) >= 4
    assert [item.taken_at.hour for item in older] == [18] * len(older) == [18, 18]
    assert report.oldest_snapshot_at == left[0].taken_at
    with control.read() as connection:
        named = {run.exported_snapshot for run in list_runs(connection)}
    assert named - {None} <= {item.snapshot_id for item in left}
    assert len(named - {None}) == len(recent) + len(older)


def test_a_state_that_only_maintenance_followed_is_kept_under_the_number_of_what_followed(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    retention = kept(settings, most_files=3, hourly_days=1, daily_days=30)
    at = change(stand, range(1, 6), every=timedelta(minutes=10))
    with control.write() as connection:
        run = begin_run(
            connection, trigger="schedule", mode="changes", dry_run=False, requested_by="t", feeds=("products",)
        )
        number = stand.writer.snapshot_id()
        set_step(connection, run.run_id, Step.PUBLISH, catalog_snapshot=number, exported_snapshot=number)
        finish_run(connection, run.run_id, RunStatus.SUCCESS)
    before = content(stand)
    night(stand, control, retention, at)
    change(stand, range(6, 8), at=at + timedelta(days=2))

    night(stand, control, retention, at + timedelta(days=3))

    with control.read() as connection:
        snapshot = get_run(connection, run.run_id).exported_snapshot
    assert snapshot not in (None, number)
    assert content(stand, snapshot=snapshot) == before


def test_a_run_that_is_not_finished_still_finds_its_commits(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    with control.write() as connection:
        run = begin_run(
            connection, trigger="schedule", mode="changes", dry_run=False, requested_by="t", feeds=("products",)
        )
    for name in ("one", "two", "three"):
        stand.merge(PRODUCTS, [product("a", name=name)], run_id=run.run_id)
    later = datetime.now(UTC) + timedelta(days=50)

    run_maintenance(stand.writer, control, kept(settings, hourly_days=1, daily_days=1), now=later)

    assert stand.writer.find_commit(run.run_id, "snapshot") is not None


def test_files_go_only_when_the_publication_that_named_them_was_replaced_a_grace_ago(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    retention = kept(settings, most_files=5, grace_hours=24)
    at = change(stand, range(1, 14))
    publish(stand.writer, ["d"])
    held = open_reader(stand.directory)
    read = held.cursor().execute(CONTENT.format(table="catalog.products")).fetchone()
    names = {path for path, _ in stand.writer.files()}

    for hours in (0, 12, 23):
        assert night(stand, control, retention, at + timedelta(hours=hours)).removed.files == 0
        assert all(path.exists() for path in names)
        with held.cursor() as cursor:
            assert cursor.execute(CONTENT.format(table="catalog.products")).fetchone() == read
    report = night(stand, control, retention, at + timedelta(hours=25))

    assert report.removed.files > 0
    assert not all(path.exists() for path in names)
    assert open_reader(stand.directory).cursor().execute(CONTENT.format(table="catalog.products")).fetchone() == read


def test_without_a_publication_after_it_nothing_that_a_killed_maintenance_let_go_of_is_removed(
    stand: Stand, control: ControlStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = change(stand, range(1, 14))
    publish(stand.writer, ["d"])
    with monkeypatch.context() as patch:
        patch.setattr("syncengine.upkeep.maintenance.publish", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            night(stand, control, kept(settings, most_files=5), at)
    date_commits(stand.writer, at)

    report = night(stand, control, kept(settings, most_files=5), at + timedelta(days=9))

    assert report.removed.files == 0
    assert open_reader(stand.directory).cursor().execute("SELECT count(payload) FROM lake.catalog.products").fetchone()


def test_an_orphan_that_a_killed_commit_left_goes_after_the_grace_and_not_before(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    stand.merge(PRODUCTS, [product("a")])
    now = datetime.now(UTC)
    place = next(iter(stand.writer.files()))[0].parent
    old, young = place / "ducklake-old.parquet", place / "ducklake-young.parquet"
    for orphan in (old, young):
        orphan.write_bytes(b"half a file")
    os.utime(old, ((now - timedelta(days=3)).timestamp(),) * 2)

    removed = run_maintenance(stand.writer, control, settings, now=now).removed

    assert (removed.files, removed.bytes) == (1, 11)
    assert (old.exists(), young.exists()) == (False, True)


def test_history_and_acknowledged_removals_leave_when_their_time_is_over(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    for rows, days in (([product("gone"), product("stays")], 0), ([product("stays")], 1)):
        stand.merge(PRODUCTS, rows)
        stand.deliver(at=START + timedelta(days=days))
    stand.merge(PRODUCTS, [product("stays", name="new")])
    stand.deliver(at=START + timedelta(days=20))
    date_commits(stand.writer, START + timedelta(days=20))

    report = night(stand, control, kept(settings, history_days=10), START + timedelta(days=20))

    assert report.trimmed_rows == 4  # two creates and a delete in history, and the removal itself
    assert [row["operation"] for row in stand.rows("history")] == ["update"]
    assert set(stand.by_sku("exported")) == {"stays"}


def test_folders_of_runs_that_are_over_go_and_those_of_an_unfinished_one_stay(
    stand: Stand, control: ControlStore, settings: Settings
) -> None:
    with control.write() as connection:
        run = begin_run(connection, trigger="cli", mode="changes", dry_run=False, requested_by="t", feeds=("products",))
    directory, long_ago = stand.directory, START.timestamp()
    places = [directory.outbox("r-over"), directory.staging("r-over"), directory.outbox(run.run_id)]
    for place in places:
        place.mkdir(parents=True)
        (place / "half.tmp").write_bytes(b"half")
        os.utime(place, (long_ago, long_ago))

    report = run_maintenance(stand.writer, control, settings, now=datetime.now(UTC))

    assert report.swept_folders == 2
    assert [place.exists() for place in places] == [False, False, True]


def test_the_last_report_is_kept_for_those_who_ask(stand: Stand, control: ControlStore, settings: Settings) -> None:
    run_maintenance(stand.writer, control, settings, now=datetime(2026, 3, 1, 1, 0, tzinfo=UTC))

    report = last_maintenance(control)

    assert report is not None
    assert report["started_at"] == "2026-03-01T01:00:00+00:00"


def test_file_count_and_disk_use_stay_bounded_over_a_long_time(
    stand: Stand, control: ControlStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty days of two commits a day, with retention scaled down; benchmarks/maintenance.py does the whole year."""
    monkeypatch.setattr("syncengine.lake.publish.KEEP_SECONDS", 0.0)
    retention = kept(settings, most_files=6, hourly_days=1, daily_days=5, history_days=5)
    at, sizes = START, []
    for day in range(20):
        change(stand, range(2 * day + 1, 2 * day + 3), at=at, every=timedelta(hours=8))
        at += timedelta(days=1)
        report = night(stand, control, retention, at)
        sizes.append((report.lake_files, report.lake_bytes))

    middle, end = sizes[8:14], sizes[14:]
    assert max(files for files, _ in end) <= 1.15 * max(files for files, _ in middle)
    assert max(size for _, size in end) <= 1.15 * max(size for _, size in middle)
    assert len(list_snapshots(stand.writer)) <= 12 + 5 + 5
