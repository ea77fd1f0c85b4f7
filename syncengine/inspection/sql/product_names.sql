-- The names of some products. Parameters: $skus. Columns: sku, name: of the catalog before that of the export, and of
-- the store view `default` before that of any other. A SKU without a name has no row.
WITH named AS (
    SELECT sku, name, store_view_code, 0 AS place FROM search.catalog_products
    WHERE sku IN (SELECT unnest($skus::VARCHAR[]))
    UNION ALL
    SELECT sku, name, store_view_code, 1 AS place FROM search.synced_products
    WHERE sku IN (SELECT unnest($skus::VARCHAR[]))
)
SELECT sku, first(name ORDER BY place, store_view_code <> 'default', store_view_code) AS name
FROM named
WHERE name IS NOT NULL
GROUP BY sku
