"""File count, disk use and speed over a simulated year of syncs with nightly maintenance.

    python benchmarks/maintenance.py [--products 2000] [--days 400] [--hourly-days 30] [--changed 20] [--keep-days N]

Every day of the first stretch has one sync, every day of the last `--hourly-days` has 24, each of which changes
`--changed` products and the same one besides; every night is maintained with the default retention, or with one of N
days for daily snapshots and history, so that its plateau is seen sooner. The clock is DuckLake's own dates, moved.
Prints one line every 20 days.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import syncengine.lake.publish
from syncengine.control.store import open_control_store
from syncengine.feeds.registry import get_feed
from syncengine.lake.compaction import live_files
from syncengine.lake.names import METADATA
from syncengine.lake.paths import DataDirectory
from syncengine.lake.publish import publish
from syncengine.lake.retention import list_snapshots
from syncengine.lake.writer import LakeWriter
from syncengine.settings import DestinationSettings, Settings
from syncengine.settings.maintenance import MaintenanceSettings
from syncengine.upkeep.maintenance import run_maintenance

PRODUCTS = get_feed("products")
ITEMS = """
SELECT
    md5(i::VARCHAR)::UUID AS feed_id, md5(i || '-' || $commit)::UUID AS feed_hash, 'SKU-' || i AS sku,
    'default' AS store_view_code, i::VARCHAR AS source_entity_id, $at::TIMESTAMP AS modified_at, i AS product_id,
    'Name ' || $commit AS name, 'simple' AS type, 'Enabled' AS status, 'Catalog, Search' AS visibility,
    10::DECIMAL(12, 4) AS price, 'USD' AS currency, 'base' AS website_code,
    '{"sku":"SKU-' || i || '","name":"Name ' || $commit || '","description":"'
    || (SELECT string_agg(md5(i || '-' || $commit || '-' || part), ' ') FROM range(24) AS p (part)) || '"}' AS payload
FROM chosen
"""


def sync(writer: LakeWriter, destination: str, commit: int, at: datetime) -> None:
    """What one sync writes: the changed rows of the catalog, then the same rows acknowledged, and their history."""
    connection = writer.connection
    values = {"commit": commit, "at": at.replace(tzinfo=None)}
    with writer.commit("snapshot", run_id=f"r-{commit}"):
        connection.execute("DELETE FROM lake.catalog.products WHERE product_id IN (SELECT i FROM chosen)")
        connection.execute(
            f"INSERT INTO lake.catalog.products BY NAME SELECT *, $at::TIMESTAMP AS said_at FROM ({ITEMS})", values
        )
    with writer.commit("acknowledge", run_id=f"r-{commit}", fold=1):
        connection.execute("DELETE FROM lake.exported.products WHERE product_id IN (SELECT i FROM chosen)")
        connection.execute(
            f"""INSERT INTO lake.exported.products BY NAME
                SELECT *, '{destination}' AS destination, false AS is_deleted, $at::TIMESTAMP AS exported_at,
                       'r-' || $commit AS run_id FROM ({ITEMS})""", values)  # fmt: skip
        connection.execute(
            f"""INSERT INTO lake.history.products BY NAME
                SELECT 'r-' || $commit AS run_id, $commit AS run_sequence, '{destination}' AS destination, feed_id, sku,
                       'update' AS operation, feed_hash AS hash_after, payload, 'accepted' AS outcome,
                       $at::TIMESTAMP AS "at" FROM ({ITEMS})""", values)  # fmt: skip
    connection.execute("INSERT INTO touched_products SELECT md5(i::VARCHAR)::UUID FROM chosen")


def date_everything(writer: LakeWriter, at: datetime) -> None:
    """Move what was dated by the clock to the simulated time."""
    for table, column in (
        ("ducklake_snapshot", "snapshot_time"),
        ("ducklake_files_scheduled_for_deletion", "schedule_start"),
    ):
        writer.connection.execute(
            f"UPDATE {METADATA}.{table} SET {column} = $at::TIMESTAMPTZ WHERE {column} > $at::TIMESTAMPTZ",
            {"at": f"{at:%Y-%m-%d %H:%M:%S}+00"},
        )


def choose(writer: LakeWriter, products: int, changed: int, commit: int) -> None:
    """The products that this sync changes: all at first, then some scattered ones, and number 0 every time."""
    condition = "true" if commit == 0 else f"i = 0 OR hash(i * 7919 + {commit}) % {max(1, products // changed)} = 0"
    writer.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT i FROM range({products}) AS numbers (i) WHERE {condition}"
    )


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=2000)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--hourly-days", type=int, default=30)
    parser.add_argument("--changed", type=int, default=20)
    parser.add_argument("--keep-days", type=int)
    arguments = parser.parse_args()
    syncengine.lake.publish.KEEP_SECONDS = 0.0  # a simulated hour is not an hour
    with tempfile.TemporaryDirectory() as root:
        simulate(Path(root), arguments)


def simulate(root: Path, arguments: argparse.Namespace) -> None:
    """The days one after the other."""
    days = arguments.keep_days
    kept = MaintenanceSettings() if days is None else MaintenanceSettings(daily_days=days, history_days=days)
    place = DestinationSettings(kind="folder", path=root / "out")
    settings = Settings(data_dir=root, destination=place, maintenance=kept)
    (destination,) = (item.destination_id for item in settings.all_destinations().values())
    directory, at, commit = DataDirectory(root), datetime(2020, 1, 1, tzinfo=UTC), 0
    seen: list[tuple[int, int]] = []
    with LakeWriter(directory) as writer, closing(open_control_store(root)) as control:
        writer.ensure_tables([PRODUCTS])
        publish(writer, [destination])
        for day in range(arguments.days):
            syncs = 24 if day >= arguments.days - arguments.hourly_days else 1
            begun = time.perf_counter()
            for _ in range(syncs):
                choose(writer, arguments.products, arguments.changed, commit)
                sync(writer, destination, commit, at)
                publish(writer, [destination])
                date_everything(writer, at)
                commit, at = commit + 1, at + timedelta(hours=24 / syncs)
            each = (time.perf_counter() - begun) / syncs
            begun = time.perf_counter()
            report = run_maintenance(writer, control, settings, now=at)
            date_everything(writer, at)
            seen.append((report.lake_files, report.lake_bytes))
            if day % 20 == 19 or day == arguments.days - 1:
                print(f"day {day + 1:4}  {commit:5,} syncs  {report.lake_files:5,} files  "
                      f"{report.lake_bytes / 2**20:8,.1f} MB  {max(live_files(writer).values()):3} live files at most  "
                      f"{len(list_snapshots(writer)):5,} snapshots  sync {each * 1000:5.0f} ms  "
                      f"maintenance {(time.perf_counter() - begun) * 1000:6.0f} ms", flush=True)  # fmt: skip
    daily = seen[: arguments.days - arguments.hourly_days]
    print(f"most files {max(files for files, _ in seen):,}, most disk {max(size for _, size in seen) / 2**20:,.1f} MB; "
          f"one state of the catalog {arguments.products * 0.8 / 1024:,.1f} MB of payloads; before the hourly stretch: "
          f"{daily[-1][0]:,} files, {daily[-1][1] / 2**20:,.1f} MB")  # fmt: skip
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
