-- The rows of a search table that hold a text in SKU, name or ID, and how near the SKU is to it: 0 the same, 1 the same
-- but for case, 2 begins with it, 3 none of these. Parameters: $text. Placeholders: <table>. Columns: place, nearness.
SELECT
    rowid AS place,
    (CASE WHEN sku = $text THEN 0
          WHEN lower(sku) = lower($text) THEN 1
          WHEN starts_with(lower(sku), lower($text)) THEN 2
          ELSE 3 END)::UTINYINT AS nearness
FROM search.{table}
WHERE contains(search_text, lower($text))
