-- The snapshots there are, oldest first. Placeholders: <metadata>: DuckLake's own database.
-- Columns: snapshot_id, taken_at (UTC), step (of its commit message, or null).
SELECT
    snapshots.snapshot_id, make_timestamp(epoch_us(snapshots.snapshot_time)) AS taken_at,
    CASE WHEN json_valid(changes.commit_message) THEN changes.commit_message ->> '$.step' END AS step
FROM {metadata}.ducklake_snapshot AS snapshots
LEFT JOIN {metadata}.ducklake_snapshot_changes AS changes ON changes.snapshot_id = snapshots.snapshot_id
ORDER BY snapshots.snapshot_id
