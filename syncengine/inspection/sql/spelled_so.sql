-- The SKU itself where it is written exactly so, which is the common case and the quick one. Parameters: $sku.
SELECT sku FROM search.catalog_products WHERE sku = $sku
UNION ALL
SELECT sku FROM search.synced_products WHERE sku = $sku
LIMIT 1
