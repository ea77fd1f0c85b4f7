-- What a resync that began at $since still has to send: items not accepted since, nor rejected, and removals.
-- Parameters: $destination, $since (UTC). Columns: feed_id.
SELECT item.feed_id
FROM {catalog} AS item
LEFT JOIN {exported} AS held
  ON held.feed_id = item.feed_id AND held.destination = $destination AND NOT held.is_deleted
LEFT JOIN {delivery} AS tried
  ON tried.feed_id = item.feed_id AND tried.destination = $destination AND tried.state = 'rejected'
 AND tried.feed_hash = item.feed_hash AND tried.tried_at >= $since
WHERE (held.feed_id IS NULL OR held.exported_at < $since) AND tried.feed_id IS NULL
UNION ALL
SELECT held.feed_id
FROM {exported} AS held
WHERE held.destination = $destination AND NOT held.is_deleted AND held.feed_id NOT IN (SELECT feed_id FROM {catalog})
