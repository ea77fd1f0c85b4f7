-- The discrepancies that are asked for, as rows. Placeholder: <asked>: discrepancies_asked.sql.
SELECT
    feed, destination, feed_id::VARCHAR AS feed_id, identity, item, sku, kind, state, reason, waiting, since,
    last_exported_at, last_modified_at, fields
FROM ({asked})
