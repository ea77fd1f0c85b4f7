-- The SKU as it is written in the catalog, or else at a destination: SKUs match without case, as in the store.
-- Parameters: $sku. Columns: sku; the exact spelling first.
SELECT sku
FROM (
    SELECT sku FROM search.catalog_products WHERE lower(rtrim(sku)) = lower(rtrim($sku))
    UNION
    SELECT sku FROM search.synced_products WHERE lower(rtrim(sku)) = lower(rtrim($sku))
)
ORDER BY sku = $sku DESC, sku
LIMIT 1
