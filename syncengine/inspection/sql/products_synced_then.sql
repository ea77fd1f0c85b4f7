-- How many products a destination held in an earlier snapshot. Parameters: $destination. <snapshot>: a number.
SELECT count(DISTINCT sku) AS products
FROM lake.exported.products AT (VERSION => {snapshot})
WHERE destination = $destination AND NOT is_deleted
