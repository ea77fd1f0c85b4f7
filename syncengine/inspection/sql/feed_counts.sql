-- How many items of one feed are in which state at one destination, and when it last acknowledged one.
-- Parameters: $destination. Placeholders: <catalog>, <exported>, <delivery>: the feed's tables; <state>: state.sql;
-- <scopes>: columns of both sides by which to count apart, each with its comma, and <by_scope>: the same of either.
-- Columns: those of <by_scope>, state, items, in_catalog, held, last_exported_at.
WITH catalog AS (SELECT {scopes} feed_id, feed_hash FROM {catalog}),
held AS (
    SELECT {scopes} feed_id, feed_hash, is_deleted, exported_at FROM {exported} WHERE destination = $destination
),
delivery AS (SELECT feed_id, feed_hash, state FROM {delivery} WHERE destination = $destination)
SELECT
    {by_scope}
    {state} AS state,
    count(*) AS items,
    count(catalog.feed_id) AS in_catalog,
    count(*) FILTER (NOT held.is_deleted) AS held,
    max(held.exported_at) AS last_exported_at
FROM catalog
FULL JOIN held ON held.feed_id = catalog.feed_id
LEFT JOIN delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
GROUP BY ALL
ORDER BY ALL
