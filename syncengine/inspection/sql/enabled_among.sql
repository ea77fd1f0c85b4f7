-- Which of some SKUs are enabled in a store view, or anywhere when they are not in that one.
-- Parameters: $skus, $store_view. Columns: sku.
SELECT sku
FROM search.catalog_products
WHERE sku IN (SELECT unnest($skus::VARCHAR[]))
GROUP BY sku
HAVING coalesce(bool_or(status = 'Enabled') FILTER (store_view_code = $store_view), bool_or(status = 'Enabled'))
ORDER BY sku
