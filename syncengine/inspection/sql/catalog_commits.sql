-- The commits that brought a new state of the catalog, newest first, while the snapshot before is kept too.
-- Columns: snapshot_id, taken_at (UTC).
WITH kept AS (
    SELECT snapshot_id, make_timestamp(epoch_us(snapshot_time)) AS taken_at, commit_message
    FROM ducklake_snapshots('lake')
)
SELECT kept.snapshot_id, kept.taken_at
FROM kept
JOIN kept AS before ON before.snapshot_id = kept.snapshot_id - 1
WHERE contains(kept.commit_message, '"step":"snapshot"')
ORDER BY kept.snapshot_id DESC
