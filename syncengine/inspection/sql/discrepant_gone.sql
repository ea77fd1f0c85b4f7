-- Since when an item that is held is no longer in the catalog: the commit before which it still was.
-- Parameters: $at (of the commit), $now. Placeholders: <catalog>: the feed's table as it was before that commit.
UPDATE discrepant SET since = $at
WHERE kind = 'only_exported' AND since = $now AND feed_id IN (SELECT feed_id FROM {catalog})
