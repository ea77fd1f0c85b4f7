-- Forget what the destination held of the items it has now accepted anew. Parameters: $destination.
DELETE FROM {exported}
WHERE destination = $destination
  AND feed_id IN (SELECT feed_id FROM fold_answers WHERE outcome = 'accepted')
