-- The rows of a search table as they were in a snapshot. Parameters: $destination.
-- Placeholders: <catalog>, <exported>, <delivery>: the tables of products then; <state>: state.sql; <listed>: which rows;
-- <side>: catalog or held, whose values are shown.
WITH catalog AS (SELECT * FROM {catalog}),
held AS (SELECT * FROM {exported} WHERE destination = $destination),
delivery AS (SELECT feed_id, feed_hash, state FROM {delivery} WHERE destination = $destination)
SELECT
    $destination AS destination, {side}.feed_id, {side}.sku, {side}.store_view_code, {side}.website_code,
    {side}.product_id, {side}.name, {side}.type, {side}.status, {side}.visibility, {side}.price, {side}.currency,
    {side}.image, CASE WHEN held.is_deleted THEN NULL ELSE held.exported_at END AS last_exported_at,
    {side}.modified_at AS last_modified_at, {state} AS state,
    lower(concat_ws(chr(10), {side}.sku, {side}.name, {side}.product_id)) AS search_text
FROM catalog
FULL JOIN held ON held.feed_id = catalog.feed_id
LEFT JOIN delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
WHERE {listed}
