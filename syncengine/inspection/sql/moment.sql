-- The snapshot of a number, or the newest one taken up to a time.
-- Parameters: $by (exact, time), $snapshot, $at (UTC). Columns: snapshot_id, taken_at.
SELECT snapshot_id, make_timestamp(epoch_us(snapshot_time)) AS taken_at
FROM ducklake_snapshots('lake')
WHERE CASE WHEN $by = 'exact' THEN snapshot_id = $snapshot
           ELSE make_timestamp(epoch_us(snapshot_time)) <= $at::TIMESTAMP END
ORDER BY snapshot_id DESC
LIMIT 1
