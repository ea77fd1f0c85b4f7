-- The rows of a search table that hold a text in SKU, name or ID, and how near the SKU is to it: 0 the same but for case,
-- 1 begins with it, 2 neither. Parameters: $text. Placeholders: <table>. Columns: place, nearness.
SELECT
    rowid AS place,
    (CASE WHEN lower(sku) = lower($text) THEN 0
          WHEN starts_with(lower(sku), lower($text)) THEN 1
          ELSE 2 END)::UTINYINT AS nearness
FROM search.{table}
WHERE contains(search_text, lower($text))
