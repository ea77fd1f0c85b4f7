-- Both payloads of the items that two states hold with different content. Reads: diff_then.
-- Parameters: $most, and those of <condition>. Placeholders: <before>, <after>: the feed's table in each state.
-- Columns: feed_id, before, after.
WITH chosen AS (SELECT feed_id FROM diff_then WHERE operation = 'update' ORDER BY feed_id LIMIT $most),
before AS (SELECT feed_id, payload FROM (SELECT * FROM {before}{condition}) WHERE feed_id IN (SELECT feed_id FROM chosen)),
after AS (SELECT feed_id, payload FROM (SELECT * FROM {after}{condition}) WHERE feed_id IN (SELECT feed_id FROM chosen))
SELECT chosen.feed_id::VARCHAR AS feed_id, before.payload AS before, after.payload AS after
FROM chosen
JOIN before ON before.feed_id = chosen.feed_id
JOIN after ON after.feed_id = chosen.feed_id
