-- When the newest state of the catalog and of the export came into the lake. Parameters: $snapshot (or null).
-- Columns: catalog_at, exported_at (UTC).
SELECT
    max(make_timestamp(epoch_us(snapshot_time))) FILTER (contains(commit_message, '"step":"snapshot"')) AS catalog_at,
    max(make_timestamp(epoch_us(snapshot_time))) FILTER (contains(commit_message, '"step":"acknowledge"')) AS exported_at
FROM ducklake_snapshots('lake')
WHERE $snapshot IS NULL OR snapshot_id <= $snapshot
