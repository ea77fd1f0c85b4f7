-- What is to be sent now: the diff less what its delivery state says to leave alone, what a resync adds, and the due
-- retries of what a resync sent in vain (the diff does not hold these: the destination's earlier copy is the same).
-- Parameters: $destination, $now (UTC), $resync, $everything (a resync of all, else of selected_ids).
-- Makes: {plan} (feed_id, operation: insert, update, delete, resend, hash_before, hash_after).
CREATE OR REPLACE TEMP TABLE {plan} AS
WITH chosen AS (
    SELECT feed_id FROM {catalog} WHERE $resync AND ($everything OR feed_id IN (SELECT feed_id FROM selected_ids))
    UNION
    SELECT feed_id FROM {exported}
    WHERE $resync AND destination = $destination
      AND ($everything OR feed_id IN (SELECT feed_id FROM selected_ids))
),
left_alone AS (
    SELECT delivery.feed_id, delivery.feed_hash
    FROM {delivery} AS delivery
    WHERE delivery.destination = $destination
      AND (delivery.state IN ('rejected', 'dead_letter') OR delivery.next_attempt_at > $now)
),
due AS (
    SELECT delivery.feed_id, delivery.feed_hash
    FROM {delivery} AS delivery
    WHERE delivery.destination = $destination
      AND delivery.state IN ('retry', 'unknown') AND delivery.next_attempt_at <= $now
)
SELECT diff.feed_id, diff.operation, diff.hash_before, diff.hash_after
FROM {diff} AS diff
LEFT JOIN left_alone
  ON left_alone.feed_id = diff.feed_id AND left_alone.feed_hash IS NOT DISTINCT FROM diff.hash_after
WHERE CASE WHEN $resync THEN diff.feed_id IN (SELECT feed_id FROM chosen) ELSE left_alone.feed_id IS NULL END
UNION ALL
SELECT catalog.feed_id, 'resend', catalog.feed_hash, catalog.feed_hash
FROM {catalog} AS catalog
WHERE CASE WHEN $resync THEN catalog.feed_id IN (SELECT feed_id FROM chosen)
           ELSE EXISTS (SELECT 1 FROM due WHERE due.feed_id = catalog.feed_id AND due.feed_hash = catalog.feed_hash) END
  AND catalog.feed_id NOT IN (SELECT feed_id FROM {diff})
