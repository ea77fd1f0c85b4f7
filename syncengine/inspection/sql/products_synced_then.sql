-- How many products a destination held in an earlier snapshot. Parameters: $destination; $store_views: only those, NULL
-- for all. <snapshot>: a number.
SELECT count(DISTINCT sku) AS products
FROM lake.exported.products AT (VERSION => {snapshot})
WHERE destination = $destination AND NOT is_deleted
  AND ($store_views::VARCHAR[] IS NULL OR list_contains($store_views::VARCHAR[], store_view_code))
