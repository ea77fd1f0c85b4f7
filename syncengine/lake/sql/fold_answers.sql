-- The items of one outbox that this fold brings home, each with its answer.
-- Parameters: $outbox (Parquet file). Reads: fold_ranges (batch_number, first_position, end_position, outcome,
-- http_status, request_id, message, attempts, answered_at), fold_rejections (batch_number, position, code, message).
-- Makes: fold_answers, one narrow row per item: keys, `outcome` (accepted, rejected, retry, unknown) and the answer;
-- the payloads stay in the outbox, where the inserts read them.
CREATE OR REPLACE TEMP TABLE fold_answers AS
SELECT
    items.feed_id::UUID AS feed_id,
    items.feed_hash::UUID AS feed_hash,
    {identity},
    items.source_entity_id,
    items.batch_number,
    items.position,
    items.operation,
    items.hash_before::UUID AS hash_before,
    items.changed_paths,
    CASE WHEN ranges.outcome <> 'answered' THEN ranges.outcome
         WHEN rejections.position IS NOT NULL THEN 'rejected'
         ELSE 'accepted' END AS outcome,
    ranges.http_status::INTEGER AS http_status,
    ranges.request_id,
    rejections.code AS error_code,
    coalesce(rejections.message, ranges.message) AS message,
    ranges.attempts::INTEGER AS attempts,
    ranges.answered_at
FROM read_parquet($outbox) AS items
JOIN fold_ranges AS ranges
  ON ranges.batch_number = items.batch_number
 AND items.position >= ranges.first_position AND items.position < ranges.end_position
LEFT JOIN fold_rejections AS rejections
  ON rejections.batch_number = items.batch_number AND rejections.position = items.position
