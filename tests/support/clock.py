"""Time that passes in a lake as a test says: DuckLake dates its snapshots itself, so they are dated anew."""

from __future__ import annotations

from datetime import datetime

from syncengine.lake.names import METADATA
from syncengine.lake.writer import LakeWriter


def date_commits(writer: LakeWriter, at: datetime) -> None:
    """Have every snapshot taken, and every file let go of, later than `at` say `at`; `at` must lie in the past."""
    for table, column in (
        ("ducklake_snapshot", "snapshot_time"),
        ("ducklake_files_scheduled_for_deletion", "schedule_start"),
    ):
        writer.connection.execute(
            f"UPDATE {METADATA}.{table} SET {column} = $at::TIMESTAMPTZ WHERE {column} > $at::TIMESTAMPTZ",
            {"at": f"{at:%Y-%m-%d %H:%M:%S}+00"},
        )
