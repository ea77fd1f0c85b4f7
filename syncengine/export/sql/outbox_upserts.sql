-- Items that are to be created, changed or sent again, in the catalog's own order.
-- Parameters: $destination. `changed_paths`: the top-level fields whose JSON differs from what the destination holds.
SELECT
    plan.operation, plan.hash_before::VARCHAR AS hash_before,
    CASE WHEN plan.operation = 'update' THEN list_sort(list_filter(
        list_distinct(list_concat(map_keys(item.payload::JSON::MAP(VARCHAR, JSON)), map_keys(held.payload::JSON::MAP(VARCHAR, JSON)))),
        lambda name: item.payload::JSON::MAP(VARCHAR, JSON)[name] IS DISTINCT FROM held.payload::JSON::MAP(VARCHAR, JSON)[name]
    )) END AS changed_paths,
    {columns}
FROM {catalog} AS item
JOIN {plan} AS plan USING (feed_id)
LEFT JOIN (
    SELECT feed_id, payload FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM {plan} WHERE operation = 'update')
) AS held ON held.feed_id = item.feed_id
WHERE plan.operation <> 'delete'
