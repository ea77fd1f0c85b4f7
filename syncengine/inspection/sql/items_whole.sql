-- Every item of one feed on one side, with its payload and its state at one destination. Parameters: $destination.
-- Placeholders: <catalog>, <exported>, <delivery>; <state>: state.sql; <identity>: its columns, of the side;
-- <side>: catalog or held; <listed>: which rows are on that side.
WITH catalog AS (FROM {catalog}),
held AS (FROM {exported} WHERE destination = $destination),
delivery AS (SELECT feed_id, feed_hash, state FROM {delivery} WHERE destination = $destination)
SELECT
    {identity}, {side}.feed_id::VARCHAR AS feed_id, {state} AS state,
    CASE WHEN NOT held.is_deleted THEN held.exported_at END AS last_exported_at,
    {side}.modified_at AS last_modified_at, {side}.payload AS payload
FROM catalog
FULL JOIN held ON held.feed_id = catalog.feed_id
LEFT JOIN delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
WHERE {listed}
