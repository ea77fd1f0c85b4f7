-- Purpose: ranges of product ids with about $range_items items each, which together cover every id there can be.
WITH numbered AS (
    SELECT product_id, (sum(items) OVER (ORDER BY product_id) - 1) // $range_items AS number
    FROM (SELECT product_id, count(*) AS items FROM prepared.item_keys GROUP BY product_id)
),
ends AS (
    SELECT max(product_id) AS last_id FROM numbered GROUP BY number
    ORDER BY last_id DESC
    OFFSET 1
)
SELECT
    coalesce(lag(last_id) OVER (ORDER BY last_id) + 1, -9223372036854775808) AS first_id,
    last_id
FROM (SELECT last_id FROM ends UNION ALL SELECT 9223372036854775807)
ORDER BY last_id;
