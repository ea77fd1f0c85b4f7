-- One line per attempted item. Parameters: $run_id, $sequence, $destination, $at.
INSERT INTO {history}
SELECT
    $run_id, $sequence, $destination, feed_id, {identity}, source_entity_id, operation, hash_before, feed_hash,
    changed_paths, payload, outcome, http_status, error_code, message, batch_number, request_id,
    coalesce(answered_at, $at::TIMESTAMP)
FROM fold_answers
