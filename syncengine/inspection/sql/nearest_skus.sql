-- The SKUs of the store catalog that are spelled most like a text. Parameters: $text, $most, and $places where <among> has
-- it. Placeholders: <among>: nothing, or which rows are looked at. Columns: sku.
SELECT sku
FROM (SELECT DISTINCT sku FROM search.catalog_products {among})
WHERE jaro_winkler_similarity(lower(sku), lower($text)) >= 0.8
ORDER BY jaro_winkler_similarity(lower(sku), lower($text)) DESC, sku
LIMIT $most
