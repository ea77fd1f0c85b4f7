-- The items of one feed that a run could not deliver, grouped by cause. Parameters: $run_id, $sequence, $samples.
-- Placeholders: <history>, <identity>; <cause>: cause.sql.
-- Columns: destination, outcome, http_status, error_code, cause, message (an example), items, samples (identities).
SELECT
    destination, outcome, http_status, error_code, {cause} AS cause, min(message) AS message, count(*) AS items,
    list_slice(list_sort(list(concat_ws(' / ', {identity}))), 1, $samples) AS samples
FROM {history}
WHERE run_sequence = $sequence AND run_id = $run_id AND outcome <> 'accepted'
GROUP BY destination, outcome, http_status, error_code, cause
ORDER BY items DESC, destination, outcome, message
