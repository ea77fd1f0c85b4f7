-- The items of one feed that a destination did not take, grouped by cause: names in backticks or quotes and numbers do
-- not make a cause of their own. Parameters: $destination, $samples. Placeholders: <delivery>, <identity>.
-- Columns: state, http_status, error_code, message (an example), items, runs (the most), next_attempt_at, samples.
SELECT
    state, http_status, error_code, min(message) AS message, count(*) AS items, max(runs) AS runs,
    min(next_attempt_at) AS next_attempt_at,
    list_slice(list_sort(list(concat_ws(' / ', {identity}))), 1, $samples) AS samples
FROM {delivery}
WHERE destination = $destination
GROUP BY
    state, http_status, error_code,
    regexp_replace(coalesce(message, ''), '`[^`]*`|"[^"]*"|''[^'']*''|[0-9]+', '…', 'g')
ORDER BY items DESC, state, message
