-- The feed_ids of a feed's items of one side whose state at a destination is one of $states. Parameters: $destination,
-- $states, $needle, $store_view. Placeholders: as items_page.sql.
WITH catalog AS (SELECT feed_id, feed_hash FROM {catalog}),
held AS (SELECT feed_id, feed_hash, is_deleted FROM {exported} WHERE destination = $destination),
delivery AS (SELECT feed_id, feed_hash, state FROM {delivery} WHERE destination = $destination)
SELECT listed.*
FROM {base} AS listed
LEFT JOIN catalog ON catalog.feed_id = listed.feed_id
LEFT JOIN held ON held.feed_id = listed.feed_id
LEFT JOIN delivery ON delivery.feed_id = listed.feed_id
WHERE {state} IN (SELECT unnest($states::VARCHAR[]))
