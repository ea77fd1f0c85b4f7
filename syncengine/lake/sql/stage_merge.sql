-- What a compiled feed changes in catalog.<feed>.
-- Parameters: $compiled, $set_aside (Parquet files), $feed (its name). Both sides may be narrowed to the source entities
--   that the index looked at.
-- Makes: "merge_<feed>" (feed_id UUID, kind VARCHAR: insert, update, delete), narrow on purpose.
CREATE OR REPLACE TEMP TABLE "merge_{feed}" AS
WITH after AS (
    SELECT feed_id, {columns} FROM read_parquet($compiled) {within}
),
before AS (
    SELECT feed_id, {columns} FROM lake.catalog."{feed}" {within}
),
kept AS (  -- the records set aside by this index: what was known of them stands
    SELECT DISTINCT source_entity_id FROM read_parquet($set_aside) WHERE feed = $feed AND source_entity_id IS NOT NULL
)
SELECT
    coalesce(after.feed_id, before.feed_id) AS feed_id,
    CASE WHEN before.feed_id IS NULL THEN 'insert' WHEN after.feed_id IS NULL THEN 'delete' ELSE 'update' END AS kind
FROM after
FULL JOIN before USING (feed_id)
WHERE (after.feed_id IS NULL OR before.feed_id IS NULL OR {differs})
  AND NOT (after.feed_id IS NULL AND coalesce(before.source_entity_id IN (SELECT source_entity_id FROM kept), false))
