-- What the destination has acknowledged: items, and tombstones of those removed.
-- Parameters: $outbox (Parquet file), $destination, $run_id. {stored}: the feed's columns as the outbox holds them.
INSERT INTO {exported}
SELECT $destination, {stored}, items.operation = 'delete', answers.answered_at, $run_id, answers.request_id
FROM read_parquet($outbox) AS items
JOIN fold_answers AS answers ON answers.batch_number = items.batch_number AND answers.position = items.position
WHERE answers.outcome = 'accepted'
