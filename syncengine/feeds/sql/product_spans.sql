-- Purpose: ranges of product ids with about $range_items items each; one empty range when there is no product.
SELECT min(product_id), max(product_id)
FROM (
    SELECT product_id, (sum(items) OVER (ORDER BY product_id) - 1) // $range_items AS number
    FROM (SELECT product_id, count(*) AS items FROM prepared.item_keys GROUP BY product_id)
)
GROUP BY number
UNION ALL
SELECT 0, 0 WHERE NOT EXISTS (FROM prepared.item_keys)
ORDER BY 1;
