-- How many items disagree, by kind, state and age. Parameters: $now, $young_from (times, UTC).
-- Columns: kind, state, is_young, age (under a day, under a week, older), items.
SELECT
    kind, state, since > $young_from AS is_young,
    CASE WHEN since > $now - INTERVAL 1 DAY THEN 'day' WHEN since > $now - INTERVAL 7 DAY THEN 'week' ELSE 'older' END AS age,
    count(*) AS items
FROM discrepant
GROUP BY ALL
ORDER BY ALL
