-- Where what is held and what `exported` remembers part. Parameters: $destination. Placeholders: <held>, <drift>, <exported>.
-- Makes: <drift> (feed_id, kind: missing, extra, different (by its text; what only differs in form is taken out again)).
CREATE OR REPLACE TEMP TABLE {drift} AS
WITH known AS (
    SELECT feed_id FROM {exported} WHERE destination = $destination AND NOT is_deleted
),
live AS (
    SELECT feed_id, payload FROM {held} WHERE NOT is_deleted
)
SELECT
    coalesce(known.feed_id, live.feed_id) AS feed_id,
    CASE WHEN live.feed_id IS NULL THEN 'missing' WHEN known.feed_id IS NULL THEN 'extra' ELSE 'different' END AS kind
FROM known
FULL JOIN live USING (feed_id)
WHERE known.feed_id IS NULL OR live.feed_id IS NULL OR live.payload IS NOT NULL
