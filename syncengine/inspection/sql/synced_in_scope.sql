-- How many products a destination holds in some store views: distinct SKUs. Parameters: $destination, $store_views.
SELECT count(DISTINCT sku) AS products
FROM search.synced_products
WHERE destination = $destination AND list_contains($store_views::VARCHAR[], store_view_code)
