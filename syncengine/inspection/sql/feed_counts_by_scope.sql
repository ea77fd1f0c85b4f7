-- How many items of one feed are in which state at one destination, in each scope, and when it last acknowledged one.
-- Parameters: $destination. Placeholders: <catalog>, <exported>, <delivery>: the feed's tables; <state>: state.sql;
-- <store_view>, <website>: the column of its identity that names one, or NULL.
-- Columns: store_view_code, website_code, state, items, in_catalog, held, last_exported_at.
WITH catalog AS (
    SELECT feed_id, feed_hash, {store_view}::VARCHAR AS store_view_code, {website}::VARCHAR AS website_code FROM {catalog}
),
held AS (
    SELECT
        feed_id, feed_hash, is_deleted, exported_at, {store_view}::VARCHAR AS store_view_code,
        {website}::VARCHAR AS website_code
    FROM {exported} WHERE destination = $destination
),
delivery AS (SELECT feed_id, feed_hash, state FROM {delivery} WHERE destination = $destination)
SELECT
    coalesce(catalog.store_view_code, held.store_view_code) AS store_view_code,
    coalesce(catalog.website_code, held.website_code) AS website_code,
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
