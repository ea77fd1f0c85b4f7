-- Which fields caused how many sends of one feed, and how many of these nothing else caused: what leaving the field out
-- would have saved. Parameters: $destination, $since (a run's number), $unhashed (fields that never cause a send).
-- Placeholders: <history>: the feed's table. Columns: field, sends, alone, items, last_at.
WITH sent AS (
    SELECT feed_id, run_sequence, "at" AS sent_at,
           list_filter(changed_paths, lambda path: NOT list_contains($unhashed::VARCHAR[], path)) AS fields
    FROM {history}
    WHERE destination = $destination AND operation = 'update' AND run_sequence >= $since
)
SELECT
    field, count(*) AS sends, count(*) FILTER (number = 1) AS alone, count(DISTINCT feed_id) AS items,
    max(sent_at) AS last_at
FROM (SELECT feed_id, run_sequence, sent_at, len(fields) AS number, unnest(fields) AS field FROM sent)
GROUP BY field
ORDER BY sends DESC, field
