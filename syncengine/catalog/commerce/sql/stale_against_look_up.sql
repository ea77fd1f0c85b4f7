-- Purpose: the products of whose prices two look-ups tell differently. SKUs are compared without case: a look-up
-- gives them back as they were asked for.
WITH before AS (
    SELECT 'base' AS kind, lower(record ->> 'sku') AS sku_key, record ->> 'store_id' AS store_id, record ->> 'price' AS price,
        NULL AS price_from, NULL AS price_to
    FROM base_prices_before
    UNION ALL
    SELECT 'special', lower(record ->> 'sku'), record ->> 'store_id', record ->> 'price', record ->> 'price_from',
        record ->> 'price_to'
    FROM special_prices_before
),
after AS (
    SELECT 'base' AS kind, lower(record ->> 'sku') AS sku_key, record ->> 'store_id' AS store_id, record ->> 'price' AS price,
        NULL AS price_from, NULL AS price_to
    FROM base_prices_after
    UNION ALL
    SELECT 'special', lower(record ->> 'sku'), record ->> 'store_id', record ->> 'price', record ->> 'price_from',
        record ->> 'price_to'
    FROM special_prices_after
),
changed AS (
    SELECT sku_key FROM (FROM before EXCEPT ALL FROM after)
    UNION
    SELECT sku_key FROM (FROM after EXCEPT ALL FROM before)
)
SELECT DISTINCT TRY_CAST(record ->> 'id' AS BIGINT) AS id
FROM products
JOIN changed ON changed.sku_key = lower(record ->> 'sku')
WHERE TRY_CAST(record ->> 'id' AS BIGINT) IS NOT NULL
ORDER BY id;
