-- The SKUs of the store catalog that are spelled most like a text. Parameters: $text, $most. Columns: sku.
SELECT sku
FROM (SELECT DISTINCT sku FROM search.catalog_products)
WHERE jaro_winkler_similarity(lower(sku), lower($text)) >= 0.8
ORDER BY jaro_winkler_similarity(lower(sku), lower($text)) DESC, sku
LIMIT $most
