-- Keeps the items of one feed that disagree, with their identity, in the table of all feeds (discrepancies_table.sql).
-- Reads: discrepant (discrepant.sql), differing (feed_id, fields). Parameters: $feed, $destination, $now (UTC).
-- Placeholders: <into>; <catalog>, <exported>: the feed's tables; <columns>: its identity columns; <identity>: those of
-- either side; <sku>, <store_view>, <website>: the one of them that is meant, or NULL.
INSERT INTO {into}
WITH said AS (
    SELECT feed_id, modified_at, {columns} FROM {catalog} WHERE feed_id IN (SELECT feed_id FROM discrepant)
),
held AS (
    SELECT feed_id, exported_at, is_deleted, {columns} FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM discrepant)
),
named AS (
    SELECT
        discrepant.*, {identity}, said.modified_at,
        CASE WHEN NOT held.is_deleted THEN held.exported_at END AS exported_at
    FROM discrepant
    LEFT JOIN said ON said.feed_id = discrepant.feed_id
    LEFT JOIN held ON held.feed_id = discrepant.feed_id
)
SELECT
    $feed, $destination, named.feed_id, [{columns}], concat_ws(' / ', {columns}), {sku}, {store_view}, {website},
    named.kind, named.state, nullif(named.since, $now), named.exported_at, named.modified_at, differing.fields
FROM named
LEFT JOIN differing ON differing.feed_id = named.feed_id
