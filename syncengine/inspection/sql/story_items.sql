-- Every item of one feed that belongs to a SKU, at one destination: what the catalog says, what was acknowledged, what
-- stands in the way. Parameters: $destination, those of <belongs>. Placeholders: <catalog>, <exported>, <delivery>; <belongs>: which
-- rows are the SKU's; <identity>, <order>: the identity columns; <state>: state.sql.
-- Columns: feed_id, the identity columns, state, hashes, payloads, times, and the last answer that was not a plain yes.
WITH catalog AS (SELECT * FROM {catalog} WHERE {belongs}),
held AS (SELECT * FROM {exported} WHERE destination = $destination AND ({belongs})),
delivery AS (SELECT * FROM {delivery} WHERE destination = $destination AND ({belongs}))
SELECT
    coalesce(catalog.feed_id, held.feed_id)::VARCHAR AS feed_id,
    {identity},
    {state} AS state,
    catalog.feed_hash::VARCHAR AS catalog_hash,
    CASE WHEN NOT held.is_deleted THEN held.feed_hash::VARCHAR END AS exported_hash,
    catalog.payload AS catalog,
    CASE WHEN NOT held.is_deleted THEN held.payload END AS exported,
    catalog.modified_at,
    coalesce(catalog.source_entity_id, held.source_entity_id) AS source_entity_id,
    held.exported_at, held.run_id AS exported_by, held.request_id AS exported_request,
    delivery.state AS outcome, delivery.operation, delivery.http_status, delivery.error_code, delivery.message,
    delivery.attempts, delivery.next_attempt_at, delivery.request_id, delivery.run_id, delivery.tried_at
FROM catalog
FULL JOIN held ON held.feed_id = catalog.feed_id
LEFT JOIN delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
ORDER BY {order}
