-- The items of one feed that either side holds or held, narrow, with their state at one destination.
-- Parameters: $destination, $text, $json_text (or null). Placeholders: <catalog>, <exported>, <delivery>; <state>: state.sql;
-- <identity>: the identity columns; <both>: these, of whichever side has them; <scope>: those that are the scope;
-- <wanted>: which rows of either side.
-- Columns: feed_id, the identity columns, item, scope, state, in_catalog, is_held, nearness, exported_at, modified_at.
WITH wanted AS (SELECT feed_id, {identity}, feed_hash, modified_at FROM {catalog} WHERE {wanted}),
told AS (
    SELECT feed_id, {identity}, feed_hash, is_deleted, exported_at, modified_at FROM {exported}
    WHERE destination = $destination AND {wanted}
),
within AS (
    SELECT feed_id FROM {catalog} WHERE $json_text IS NOT NULL AND contains(lower(payload), lower($json_text))
    UNION
    SELECT feed_id FROM {exported}
    WHERE $json_text IS NOT NULL AND destination = $destination AND contains(lower(payload), lower($json_text))
),
catalog AS (FROM wanted WHERE $json_text IS NULL OR feed_id IN (FROM within)),
held AS (FROM told WHERE $json_text IS NULL OR feed_id IN (FROM within)),
delivery AS (SELECT feed_id, feed_hash, state FROM {delivery} WHERE destination = $destination),
listed AS (
    SELECT
        coalesce(catalog.feed_id, held.feed_id) AS feed_id, {both}, {state} AS state,
        catalog.feed_id IS NOT NULL AS in_catalog, coalesce(NOT held.is_deleted, false) AS is_held,
        CASE WHEN NOT held.is_deleted THEN held.exported_at END AS exported_at,
        coalesce(catalog.modified_at, held.modified_at) AS modified_at
    FROM catalog
    FULL JOIN held ON held.feed_id = catalog.feed_id
    LEFT JOIN delivery ON delivery.feed_id = coalesce(catalog.feed_id, held.feed_id)
)
SELECT
    *, concat_ws(' / ', {identity}) AS item, concat_ws('/', {scope}) AS scope,
    CASE WHEN $text = '' OR list_contains([{lowered}], lower($text)) THEN 0
         WHEN list_bool_or([{begun}]) THEN 1 ELSE 2 END AS nearness
FROM listed
