-- The one diff: what turns the state `before` into the state `after`, by key and content hash only.
-- {before}, {after}: queries of (feed_id UUID, feed_hash UUID), one row per key.
-- Makes: {into} (feed_id UUID, operation VARCHAR: insert, update, delete, hash_before UUID, hash_after UUID).
CREATE OR REPLACE TEMP TABLE {into} AS
WITH before AS ({before}),
after AS ({after})
SELECT
    coalesce(after.feed_id, before.feed_id) AS feed_id,
    CASE WHEN before.feed_id IS NULL THEN 'insert' WHEN after.feed_id IS NULL THEN 'delete' ELSE 'update' END AS operation,
    before.feed_hash AS hash_before,
    after.feed_hash AS hash_after
FROM after
FULL JOIN before USING (feed_id)
WHERE after.feed_id IS NULL OR before.feed_id IS NULL OR after.feed_hash IS DISTINCT FROM before.feed_hash
