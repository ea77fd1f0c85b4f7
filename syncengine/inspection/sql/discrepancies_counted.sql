-- How many discrepancies there are, by all that they are counted by. Placeholder: <asked>: discrepancies_asked.sql.
-- Columns: feed, destination, kind, reason, age, waiting, items, compared (those whose fields were compared).
SELECT feed, destination, kind, reason, age, waiting, count(*) AS items, count(fields) AS compared
FROM ({asked})
GROUP BY ALL
ORDER BY ALL
