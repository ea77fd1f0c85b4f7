-- Both payloads of the items whose content differs, for the field-level diff. Parameters: $destination, $most.
-- Placeholders: <catalog>, <exported>: the feed's tables; <identity>: its identity columns.
-- Columns: feed_id, item (the identity as one text), before, after.
WITH chosen AS (SELECT feed_id FROM discrepant WHERE kind = 'different' ORDER BY feed_id LIMIT $most),
said AS (
    SELECT feed_id, concat_ws(' / ', {identity}) AS item, payload FROM {catalog}
    WHERE feed_id IN (SELECT feed_id FROM chosen)
),
held AS (
    SELECT feed_id, payload FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM chosen)
)
SELECT chosen.feed_id::VARCHAR AS feed_id, said.item, held.payload AS before, said.payload AS after
FROM chosen
JOIN said ON said.feed_id = chosen.feed_id
JOIN held ON held.feed_id = chosen.feed_id
