-- What a destination acknowledged last of one feed item. Parameters: $destination, $feed_id. Placeholder: <history>: the
-- feed's table. Columns: payload.
SELECT payload
FROM {history}
WHERE destination = $destination AND feed_id = $feed_id::UUID AND outcome = 'accepted' AND operation <> 'delete'
    AND payload IS NOT NULL
ORDER BY run_sequence DESC, "at" DESC
LIMIT 1
