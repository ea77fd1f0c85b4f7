-- The fields that differ. Placeholder: <asked>: discrepancies_asked.sql.
-- Columns: feed, field, items, waiting, since, destination and feed_id (of one item as an example).
SELECT
    feed, field, count(*) FILTER (NOT waiting) AS items, count(*) FILTER (waiting) AS waiting, min(since) AS since,
    arg_min(destination, feed_id) AS destination, min(feed_id)::VARCHAR AS feed_id
FROM (SELECT feed, destination, feed_id, waiting, since, unnest(fields) AS field FROM ({asked}))
GROUP BY feed, field
