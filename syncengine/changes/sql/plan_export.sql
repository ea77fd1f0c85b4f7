-- What is to be sent now: the diff less what its delivery state says to leave alone, and the due retries of what a resync
-- sent in vain (the diff does not hold these: the destination's earlier copy is the same).
-- Parameters: $destination, $now (UTC).
-- Makes: {plan} (feed_id, operation: insert, update, delete, resend, hash_before, hash_after).
CREATE OR REPLACE TEMP TABLE {plan} AS
WITH unsettled AS MATERIALIZED (
    SELECT feed_id, feed_hash, state, next_attempt_at FROM {delivery} WHERE destination = $destination
),
left_alone AS (
    SELECT feed_id, feed_hash FROM unsettled WHERE state IN ('rejected', 'dead_letter') OR next_attempt_at > $now
),
due AS (
    SELECT feed_id, feed_hash FROM unsettled WHERE state IN ('retry', 'unknown') AND next_attempt_at <= $now
)
SELECT diff.feed_id, diff.operation, diff.hash_before, diff.hash_after
FROM {diff} AS diff
LEFT JOIN left_alone
  ON left_alone.feed_id = diff.feed_id AND left_alone.feed_hash IS NOT DISTINCT FROM diff.hash_after
WHERE left_alone.feed_id IS NULL
UNION ALL
SELECT catalog.feed_id, 'resend', catalog.feed_hash, catalog.feed_hash
FROM {catalog} AS catalog
SEMI JOIN due ON due.feed_id = catalog.feed_id AND due.feed_hash = catalog.feed_hash
WHERE catalog.feed_id NOT IN (SELECT feed_id FROM {diff})
