-- The rows of a table of layout 1 once more, dated by the snapshot that brought them; the undated ones are deleted then.
-- Placeholders: <table>; <columns>: without said_at; <metadata>: DuckLake's own database.
INSERT INTO {table}
SELECT {columns}, coalesce(make_timestamp(epoch_us(snapshots.snapshot_time)), make_timestamp(epoch_us(now())))
FROM {table} AS items
LEFT JOIN {metadata}.ducklake_snapshot AS snapshots ON snapshots.snapshot_id = items.snapshot_id
