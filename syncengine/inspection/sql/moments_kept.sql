-- The first and the last moment that can be asked for. Columns: oldest, newest (UTC).
SELECT min(make_timestamp(epoch_us(snapshot_time))) AS oldest, max(make_timestamp(epoch_us(snapshot_time))) AS newest
FROM ducklake_snapshots('lake')
