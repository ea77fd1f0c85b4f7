-- The records that one run's index set aside, grouped by cause. Parameters: $samples. Placeholders: <snapshot>: a number.
-- Columns: feed, and those of run_errors.sql.
SELECT
    feed, NULL AS destination, 'set_aside' AS outcome, NULL::INTEGER AS http_status, code AS error_code,
    min(message) AS message, count(*) AS items,
    list_slice(list_sort(list(coalesce(identity_text, source_entity_id, '?'))), 1, $samples) AS samples
FROM lake.catalog.set_aside AT (VERSION => {snapshot})
GROUP BY feed, code
ORDER BY items DESC, feed, code
