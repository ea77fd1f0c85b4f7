-- Items that are to be created, changed or sent again, in the catalog's own order.
-- Parameters: $destination. `changed_paths`: the top-level fields whose JSON differs from what the destination holds.
WITH changed AS (
    SELECT
        item.feed_id,
        item.payload::JSON::MAP(VARCHAR, JSON) AS after,
        held.payload::JSON::MAP(VARCHAR, JSON) AS before
    FROM {catalog} AS item
    JOIN {exported} AS held ON held.feed_id = item.feed_id AND held.destination = $destination
    WHERE item.feed_id IN (SELECT feed_id FROM {plan} WHERE operation = 'update')
),
paths AS (
    SELECT
        feed_id,
        list_sort(list_filter(
            list_distinct(list_concat(map_keys(after), map_keys(before))),
            lambda field: after[field] IS DISTINCT FROM before[field]
        )) AS changed_paths
    FROM changed
)
SELECT plan.operation, plan.hash_before::VARCHAR AS hash_before, paths.changed_paths, {columns}
FROM {catalog} AS item
JOIN {plan} AS plan USING (feed_id)
LEFT JOIN paths ON paths.feed_id = item.feed_id
WHERE plan.operation <> 'delete'
