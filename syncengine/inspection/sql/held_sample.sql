-- Some of the items that a destination holds and the catalog does not have any more, and how many there are.
-- Parameters: $destination, $samples. Placeholders: <catalog>, <exported>: the feed's tables; <shown>: its columns.
-- Columns: <shown>, feed_id, exported_at, items.
SELECT {shown}, held.feed_id::VARCHAR AS feed_id, held.exported_at, count(*) OVER () AS items
FROM {exported} AS held
WHERE held.destination = $destination AND NOT held.is_deleted
  AND NOT EXISTS (SELECT 1 FROM {catalog} AS catalog WHERE catalog.feed_id = held.feed_id)
ORDER BY held.feed_id
LIMIT $samples
