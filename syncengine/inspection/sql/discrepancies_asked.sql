-- The discrepancies that are asked for, with what each state means now. Placeholder: <table>: discrepancies_table.sql.
-- Parameters: $feeds, $places, $states, $reasons, $passes: one entry per feed, destination and state that is looked at
-- (`passes`: a coming sync puts it right); $now, $young_from (UTC). Lists: empty means all; others: NULL means all:
-- $kinds, $some_states, $some_reasons, $ages; $field, $text (lower case), $waiting, $store_views, $website; $feed_ids.
WITH meant AS (
    SELECT
        unnest($feeds::VARCHAR[]) AS feed, unnest($places::VARCHAR[]) AS destination,
        unnest($states::VARCHAR[]) AS state, unnest($reasons::VARCHAR[]) AS reason, unnest($passes::BOOLEAN[]) AS passes
),
told AS (
    SELECT
        found.* REPLACE (coalesce(found.since, $now) AS since), meant.reason,
        meant.passes AND coalesce(found.since, $now) > $young_from AS waiting,
        CASE WHEN coalesce(found.since, $now) > $now - INTERVAL 1 DAY THEN 'day'
             WHEN found.since > $now - INTERVAL 7 DAY THEN 'week' ELSE 'older' END AS age
    FROM {table} AS found
    JOIN meant ON meant.feed = found.feed AND meant.destination = found.destination AND meant.state = found.state
)
SELECT * FROM told
WHERE (len($kinds::VARCHAR[]) = 0 OR list_contains($kinds::VARCHAR[], kind))
  AND (len($some_states::VARCHAR[]) = 0 OR list_contains($some_states::VARCHAR[], state))
  AND (len($some_reasons::VARCHAR[]) = 0 OR list_contains($some_reasons::VARCHAR[], reason))
  AND (len($ages::VARCHAR[]) = 0 OR list_contains($ages::VARCHAR[], age))
  AND (len($feed_ids::VARCHAR[]) = 0 OR list_contains($feed_ids::VARCHAR[], feed_id::VARCHAR))
  AND ($field::VARCHAR IS NULL OR list_contains(fields, $field::VARCHAR))
  AND ($text::VARCHAR IS NULL OR contains(lower(item), $text::VARCHAR))
  AND ($waiting::BOOLEAN IS NULL OR waiting = $waiting::BOOLEAN)
  AND ($store_views::VARCHAR[] IS NULL OR store_view_code IS NULL
       OR list_contains($store_views::VARCHAR[], store_view_code))
  AND ($website::VARCHAR IS NULL OR website_code IS NULL OR website_code = $website::VARCHAR)
