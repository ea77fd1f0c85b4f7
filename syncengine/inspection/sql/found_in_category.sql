-- The products of a category or of one below it. Parameters: $category. Placeholders: <payloads>. Columns: feed_id.
SELECT feed_id FROM {payloads}
WHERE contains(payload, $category)
  AND len(list_filter(
          from_json(payload::JSON -> '$.categories', '["VARCHAR"]'),
          lambda path: path = $category OR starts_with(path, $category || '/'))) > 0
