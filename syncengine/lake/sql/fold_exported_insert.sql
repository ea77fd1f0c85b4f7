-- What the destination has acknowledged: items, and tombstones of those removed. Parameters: $destination, $run_id.
INSERT INTO {exported}
SELECT $destination, {columns}, operation = 'delete', answered_at, $run_id, request_id
FROM fold_answers
WHERE outcome = 'accepted'
