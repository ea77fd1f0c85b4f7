-- What the rows of a search table can be narrowed by, each combination once. Placeholders: <table>.
-- Columns: code (a hash, good within this one process), destination, store_view, type, visibility, state.
SELECT
    hash(destination, store_view_code, type, visibility, state) AS code,
    destination, store_view_code AS store_view, type, visibility, state
FROM search.{table}
GROUP BY ALL
ORDER BY code
