-- The items of one feed that catalog and export disagree on, narrow, with their state and since when it is so: when the
-- catalog's row came into the lake, or the first attempt to tell the destination, whichever is earlier.
-- Parameters: $destination, $now. Reads: diff_now (changes/sql/diff_states.sql).
-- Placeholders: <catalog>, <exported>, <delivery>, <history>: the feed's tables; <state>: state.sql.
-- Makes: discrepant (feed_id, kind: only_catalog, different, only_exported, state, since).
CREATE OR REPLACE TEMP TABLE discrepant AS
WITH catalog AS (SELECT feed_id, hash_after AS feed_hash FROM diff_now WHERE operation <> 'delete'),
held AS (SELECT feed_id, hash_before AS feed_hash, false AS is_deleted FROM diff_now WHERE operation <> 'insert'),
delivery AS (
    SELECT feed_id, feed_hash, state FROM {delivery}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM diff_now)
),
undated AS (SELECT NULL::TIMESTAMP AS said_at),  -- a snapshot of layout 1 has no such column: then this one is meant
said AS (
    SELECT dated.feed_id, dated.said_at AS taken_at
    FROM undated,
    LATERAL (SELECT feed_id, said_at FROM {catalog} WHERE feed_id IN (SELECT feed_id FROM diff_now)) AS dated
),
told AS (
    SELECT feed_id, exported_at FROM {exported}
    WHERE destination = $destination AND feed_id IN (SELECT feed_id FROM diff_now)
),
attempts AS (
    SELECT feed_id, operation, hash_after, "at" AS tried_at FROM {history}
    WHERE destination = $destination AND outcome <> 'accepted' AND feed_id IN (SELECT feed_id FROM diff_now)
),
tried AS (
    SELECT diff_now.feed_id, min(history.tried_at) AS first_at
    FROM diff_now
    JOIN attempts AS history
      ON history.feed_id = diff_now.feed_id
     AND (history.operation = 'delete') = (diff_now.operation = 'delete')
     AND (diff_now.operation = 'delete' OR history.hash_after = diff_now.hash_after)
    LEFT JOIN told ON told.feed_id = diff_now.feed_id
    WHERE told.exported_at IS NULL OR history.tried_at > told.exported_at
    GROUP BY ALL
)
SELECT
    diff_now.feed_id,
    CASE diff_now.operation WHEN 'insert' THEN 'only_catalog' WHEN 'delete' THEN 'only_exported'
         ELSE 'different' END AS kind,
    {state} AS state,
    coalesce(least(said.taken_at, tried.first_at), $now) AS since
FROM diff_now
LEFT JOIN catalog ON catalog.feed_id = diff_now.feed_id
LEFT JOIN held ON held.feed_id = diff_now.feed_id
LEFT JOIN delivery ON delivery.feed_id = diff_now.feed_id
LEFT JOIN said ON said.feed_id = diff_now.feed_id
LEFT JOIN tried ON tried.feed_id = diff_now.feed_id
