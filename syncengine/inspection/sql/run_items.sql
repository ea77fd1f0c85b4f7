-- What one run told destinations of the items of one feed. Parameters: $run_id, $sequence, $destination (or null),
-- $unhashed. Placeholders: <feed>, <order>: its name and place in the registry; <history>; <identity>, <sku>, <scope>:
-- expressions of its identity columns; <cause>: cause.sql.
SELECT
    '{feed}' AS feed, {order} AS feed_order, destination, feed_id::VARCHAR AS feed_id,
    concat_ws(' / ', {identity}) AS item, {sku} AS sku, concat_ws('/', {scope}) AS scope, operation, outcome,
    list_filter(changed_paths, path -> NOT list_contains($unhashed, path)) AS fields, http_status, error_code, message,
    {cause} AS cause, batch_number, request_id, "at"
FROM {history}
WHERE run_sequence = $sequence AND run_id = $run_id AND ($destination IS NULL OR destination = $destination)
