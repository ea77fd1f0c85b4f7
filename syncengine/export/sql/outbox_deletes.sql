-- Tombstones of what is to be removed: the minimal payload of the item the destination holds.
-- Parameters: $destination, $at (UTC, ISO 8601; only for feeds with a modified field). The columns' payload is the tombstone.
SELECT
    'delete' AS operation, plan.hash_before::VARCHAR AS hash_before, NULL::VARCHAR[] AS changed_paths,
    {columns}
FROM {exported} AS item
JOIN {plan} AS plan USING (feed_id)
WHERE item.destination = $destination AND plan.operation = 'delete'
