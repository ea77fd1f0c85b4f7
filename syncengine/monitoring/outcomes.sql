-- What became of a feed's items in one run at one destination, by operation. Parameters: $run_id, $destination.
-- Placeholders: <history>: the feed's history. Columns: op, result, items.
SELECT
    CASE operation WHEN 'insert' THEN 'added' WHEN 'update' THEN 'changed' WHEN 'delete' THEN 'removed' ELSE 'resent' END
        AS op,
    CASE WHEN outcome IN ('accepted', 'rejected') THEN outcome ELSE 'waiting' END AS result,
    count(DISTINCT feed_id) AS items
FROM {history}
WHERE run_id = $run_id AND destination = $destination
GROUP BY ALL
ORDER BY ALL
