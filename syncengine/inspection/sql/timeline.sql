-- Every attempt to tell a destination of one feed's items of a SKU, oldest first. Parameters: $sku, $destination.
-- Placeholders: <history>: the feed's table; <belongs>: which rows are the SKU's; <identity>: the identity columns.
-- Columns: run_id, run_sequence, feed_id, the identity columns, operation, hashes, payload, outcome, answer, at.
SELECT
    run_id, run_sequence, feed_id::VARCHAR AS feed_id, {identity}, operation, hash_before::VARCHAR AS hash_before,
    hash_after::VARCHAR AS hash_after, payload, outcome, http_status, error_code, message, batch_number, request_id, "at"
FROM {history}
WHERE destination = $destination AND ({belongs})
ORDER BY run_sequence, "at", feed_id
