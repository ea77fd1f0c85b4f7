-- Both payloads of a few items. Parameters: $destination, $feed_ids.
-- Placeholders: <catalog>, <exported>: the feed's tables; <identity>: its identity columns.
-- Columns: feed_id, item (the identity as one text), before, after.
WITH chosen AS (SELECT unnest($feed_ids::VARCHAR[])::UUID AS feed_id)
SELECT said.feed_id::VARCHAR AS feed_id, concat_ws(' / ', {identity}) AS item, held.payload AS before, said.payload AS after
FROM {catalog} AS said
JOIN (
    SELECT feed_id, payload FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM chosen)
) AS held ON held.feed_id = said.feed_id
WHERE said.feed_id IN (SELECT feed_id FROM chosen)
