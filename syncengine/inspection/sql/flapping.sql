-- Items of one feed that were sent with other content at least so many times, the most changed first: which of their
-- fields came back is seen in the payloads. Parameters: $destination, $since (a run's number), $least (changes), $most.
-- Placeholders: <history>, <identity>. Columns: feed_id, item, changes, payloads (in the order they were sent), last_at.
WITH sent AS (
    SELECT feed_id, run_sequence, payload, "at" AS sent_at, concat_ws(' / ', {identity}) AS item
    FROM {history}
    WHERE destination = $destination AND outcome = 'accepted' AND operation IN ('insert', 'update')
      AND run_sequence >= $since
),
counted AS (
    SELECT feed_id, count(*) - 1 AS changes
    FROM sent
    GROUP BY feed_id
    HAVING count(*) > $least
    ORDER BY changes DESC, feed_id
    LIMIT $most
)
SELECT
    counted.feed_id::VARCHAR AS feed_id, any_value(sent.item) AS item, any_value(counted.changes) AS changes,
    list(sent.payload ORDER BY sent.run_sequence) AS payloads,
    max(sent.sent_at) AS last_at
FROM counted
JOIN sent ON sent.feed_id = counted.feed_id
GROUP BY counted.feed_id
ORDER BY changes DESC, item
