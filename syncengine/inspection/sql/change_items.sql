-- The items that differ between two states, in the order of their identity. Reads: diff_then.
-- Parameters: $limit, and those of <condition>. Placeholders: <before>, <after>: the feed's table in each state;
-- <identity>: its identity columns. Columns: feed_id, operation, item (the identity as one text).
WITH named AS (
    SELECT feed_id, {identity} FROM (SELECT * FROM {after}{condition})
    WHERE feed_id IN (SELECT feed_id FROM diff_then WHERE operation <> 'delete')
    UNION ALL
    SELECT feed_id, {identity} FROM (SELECT * FROM {before}{condition})
    WHERE feed_id IN (SELECT feed_id FROM diff_then WHERE operation = 'delete')
)
SELECT named.feed_id::VARCHAR AS feed_id, diff_then.operation, concat_ws(' / ', {identity}) AS item
FROM named
JOIN diff_then ON diff_then.feed_id = named.feed_id
ORDER BY {identity}
LIMIT $limit
