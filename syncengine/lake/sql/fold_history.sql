-- One line per attempted item. Parameters: $outbox (Parquet file), $run_id, $sequence, $destination, $at.
INSERT INTO {history}
SELECT
    $run_id, $sequence, $destination, answers.feed_id, {answered_identity}, answers.source_entity_id, answers.operation,
    answers.hash_before, answers.feed_hash, answers.changed_paths, items.payload, answers.outcome, answers.http_status,
    answers.error_code, answers.message, answers.batch_number, answers.request_id,
    coalesce(answers.answered_at, $at::TIMESTAMP)
FROM read_parquet($outbox) AS items
JOIN fold_answers AS answers ON answers.batch_number = items.batch_number AND answers.position = items.position
