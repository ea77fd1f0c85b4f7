-- What a resync sends now, whatever its hash or delivery state: the diff of what it chooses, and all else of that.
-- Parameters: $destination, $everything (all is chosen, else selected_ids).
-- Makes: {plan} (feed_id, operation: insert, update, delete, resend, hash_before, hash_after).
CREATE OR REPLACE TEMP TABLE {plan} AS
WITH chosen AS (
    SELECT feed_id FROM {catalog} WHERE $everything OR feed_id IN (SELECT feed_id FROM selected_ids)
    UNION
    SELECT feed_id FROM {exported}
    WHERE destination = $destination AND ($everything OR feed_id IN (SELECT feed_id FROM selected_ids))
)
SELECT diff.feed_id, diff.operation, diff.hash_before, diff.hash_after
FROM {diff} AS diff
WHERE diff.feed_id IN (SELECT feed_id FROM chosen)
UNION ALL
SELECT catalog.feed_id, 'resend', catalog.feed_hash, catalog.feed_hash
FROM {catalog} AS catalog
WHERE catalog.feed_id IN (SELECT feed_id FROM chosen) AND catalog.feed_id NOT IN (SELECT feed_id FROM {diff})
