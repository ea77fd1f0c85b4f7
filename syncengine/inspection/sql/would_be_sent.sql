-- Some of the items of one feed that a dry run counted, as both sides were in its snapshot of the lake: of what would be
-- added, changed and removed the first ones each. Items that the plan left alone are left out, too.
-- Parameters: $destination, $at (UTC, when it was planned), $samples. Placeholders: <catalog>, <exported>, <delivery>: the
-- feed's tables then; <feed>: its name; <both>: its identity columns, of whichever side has them; <names>: these alone;
-- <sku>: one of <both>, or NULL. Columns: feed, feed_id, change, item, sku.
WITH catalog AS (SELECT feed_id, {names}, feed_hash FROM {catalog}),
held AS (SELECT feed_id, {names}, feed_hash FROM {exported} WHERE destination = $destination AND NOT is_deleted),
left_alone AS (
    SELECT feed_id, feed_hash FROM {delivery}
    WHERE destination = $destination AND (state IN ('rejected', 'dead_letter') OR next_attempt_at > $at)
)
SELECT
    '{feed}' AS feed, coalesce(catalog.feed_id, held.feed_id)::VARCHAR AS feed_id,
    CASE WHEN held.feed_id IS NULL THEN 'added' WHEN catalog.feed_id IS NULL THEN 'removed' ELSE 'changed' END AS change,
    concat_ws(' / ', {both}) AS item, {sku} AS sku
FROM catalog
FULL JOIN held ON held.feed_id = catalog.feed_id
LEFT JOIN left_alone
  ON left_alone.feed_id = coalesce(catalog.feed_id, held.feed_id)
 AND left_alone.feed_hash IS NOT DISTINCT FROM catalog.feed_hash
WHERE (catalog.feed_id IS NULL OR held.feed_id IS NULL OR catalog.feed_hash IS DISTINCT FROM held.feed_hash)
  AND left_alone.feed_id IS NULL
QUALIFY row_number() OVER (PARTITION BY change ORDER BY item) <= $samples
ORDER BY change, item
