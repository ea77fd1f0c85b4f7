-- The items that disagree, with their identity. Parameters: $destination, $young_from (UTC).
-- Placeholders: <catalog>, <exported>: the feed's tables; <identity>: the identity columns of either side; <order>.
-- Columns: feed_id, the identity columns, kind, state, since, is_young, last_exported_at, last_modified_at.
WITH said AS (
    SELECT feed_id, modified_at, {columns} FROM {catalog} WHERE feed_id IN (SELECT feed_id FROM discrepant)
),
held AS (
    SELECT feed_id, exported_at, is_deleted, {columns} FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM discrepant)
)
SELECT
    discrepant.feed_id::VARCHAR AS feed_id, {identity}, discrepant.kind, discrepant.state, discrepant.since,
    discrepant.since > $young_from AS is_young,
    CASE WHEN NOT held.is_deleted THEN held.exported_at END AS last_exported_at,
    said.modified_at AS last_modified_at
FROM discrepant
LEFT JOIN said ON said.feed_id = discrepant.feed_id
LEFT JOIN held ON held.feed_id = discrepant.feed_id
ORDER BY {order}
