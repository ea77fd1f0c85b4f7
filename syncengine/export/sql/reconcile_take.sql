-- Take some of what the destination holds into <held>: the text only where `exported` does not have the same.
-- Reads: held_page (payload VARCHAR). Parameters: $destination. Placeholders: <held>, <exported>, <values>, <named_values>, <names>.
INSERT INTO {held}
SELECT
    page.feed_id, {names}, page.is_deleted,
    CASE WHEN known.payload IS DISTINCT FROM page.payload THEN page.payload END AS payload
FROM (
    SELECT
        md5(to_json([{values}])::VARCHAR)::UUID AS feed_id, {named_values},
        coalesce((payload->>'$.deleted')::BOOLEAN, false) AS is_deleted, payload
    FROM held_page
) AS page
LEFT JOIN {exported} AS known
  ON known.feed_id = page.feed_id AND known.destination = $destination AND known.is_deleted = page.is_deleted
