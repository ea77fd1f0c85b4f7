-- One page of a feed's items at one destination, from the side that is listed, with the state of just these rows.
-- Parameters: $destination, $needle, $store_view, $limit, $offset. Placeholders: <catalog>, <exported>, <delivery>: the
-- feed's tables; <base>: the listed side's rows; <match>: which of them; <columns>, <identity>, <order>; <state>: state.sql.
-- Columns: feed_id, the identity columns, source_entity_id, state, last_exported_at, last_modified_at.
WITH picked AS (
    SELECT feed_id FROM {base} AS listed WHERE {match} ORDER BY {order} LIMIT $limit OFFSET $offset
),
catalog AS (
    SELECT feed_id, feed_hash, modified_at, source_entity_id, {columns} FROM {catalog}
    WHERE feed_id IN (SELECT feed_id FROM picked)
),
held AS (
    SELECT feed_id, feed_hash, is_deleted, exported_at, source_entity_id, {columns} FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM picked)
),
delivery AS (
    SELECT feed_id, feed_hash, state FROM {delivery}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM picked)
)
SELECT
    coalesce(catalog.feed_id, held.feed_id)::VARCHAR AS feed_id, {identity},
    coalesce(catalog.source_entity_id, held.source_entity_id) AS source_entity_id,
    {state} AS state,
    CASE WHEN NOT held.is_deleted THEN held.exported_at END AS last_exported_at,
    catalog.modified_at AS last_modified_at
FROM catalog
FULL JOIN held ON held.feed_id = catalog.feed_id
LEFT JOIN delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
ORDER BY {order_named}
