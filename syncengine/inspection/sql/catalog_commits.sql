-- The commits that brought a new state of the catalog, newest first, with the kept snapshot before each. Where snapshots
-- in between have expired, what came between is dated by the first one kept after it.
-- Parameters: $feed: only commits before which its table was there. Columns: snapshot_id, taken_at (UTC), before_id.
WITH begun AS (
    SELECT min(tables.begin_snapshot) AS snapshot_id
    FROM __ducklake_metadata_lake.ducklake_table AS tables
    JOIN __ducklake_metadata_lake.ducklake_schema AS schemas USING (schema_id)
    WHERE schemas.schema_name = 'catalog' AND tables.table_name = $feed
),
kept AS (
    SELECT
        snapshot_id, make_timestamp(epoch_us(snapshot_time)) AS taken_at, commit_message,
        lag(snapshot_id) OVER (ORDER BY snapshot_id) AS before_id
    FROM ducklake_snapshots('lake')
)
SELECT snapshot_id, taken_at, before_id
FROM kept
WHERE before_id >= (SELECT snapshot_id FROM begun)
  AND (contains(commit_message, '"step":"snapshot"') OR before_id < snapshot_id - 1)
ORDER BY snapshot_id DESC
