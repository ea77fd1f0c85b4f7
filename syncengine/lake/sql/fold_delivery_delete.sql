-- Every answered item loses its earlier delivery state. Parameters: $destination.
DELETE FROM {delivery}
WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM fold_answers)
