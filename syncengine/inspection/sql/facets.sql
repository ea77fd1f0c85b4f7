-- How many products match a text, by what they can be narrowed by. From these counts follow total and facets.
-- Parameters: $destination and those that the conditions name. Placeholders: <table>, <conditions>.
-- Columns: type, visibility, state, items.
SELECT type, visibility, state, count(*) AS items
FROM search.{table}
WHERE {conditions}
GROUP BY ALL
