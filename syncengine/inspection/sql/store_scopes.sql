-- The websites and store views that products are in, at any side. Columns: website, store_view.
SELECT DISTINCT website_code AS website, store_view_code AS store_view
FROM (
    SELECT DISTINCT website_code, store_view_code FROM search.catalog_products
    UNION ALL
    SELECT DISTINCT website_code, store_view_code FROM search.synced_products
)
WHERE store_view_code IS NOT NULL
ORDER BY website, store_view
