-- The rows of a search table that hold a text in SKU, name or ID, and how near it is: 0 the SKU (whatever its case) or the
-- ID, 1 the SKU begins with it, 2 neither. Parameters: $text. Placeholders: <table>. Columns: place, nearness.
SELECT
    rowid AS place,
    (CASE WHEN lower(sku) = lower($text) OR product_id::VARCHAR = $text THEN 0
          WHEN starts_with(lower(sku), lower($text)) THEN 1
          ELSE 2 END)::UTINYINT AS nearness
FROM search.{table}
WHERE contains(search_text, lower($text))
