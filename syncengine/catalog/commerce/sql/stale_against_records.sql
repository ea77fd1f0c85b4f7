-- Purpose: the products whose records, in any store view, show another price than the look-ups: the view's own row
-- stands, else that of the admin scope (store 0). To tell one too many costs a request; its record is read again.
WITH mirror AS (
    SELECT
        views.id AS store_id, TRY_CAST(record ->> 'id' AS BIGINT) AS id, lower(record ->> 'sku') AS sku_key,
        coalesce(record ->> 'type_id', '') AS type_id,
        TRY_CAST(record ->> 'price' AS DOUBLE) AS price,
        list_filter(
            from_json(record -> '$.custom_attributes', '[{"attribute_code": "VARCHAR", "value": "JSON"}]'),
            lambda item: item.attribute_code IN ('special_price', 'special_from_date', 'special_to_date')
        ) AS attributes
    FROM products
    JOIN views ON views.code = products.scope
),
specials AS (
    SELECT
        * EXCLUDE (attributes),
        TRY_CAST(list_filter(attributes, lambda item: item.attribute_code = 'special_price')[1].value ->> '$' AS DOUBLE)
            AS special,
        left(list_filter(attributes, lambda item: item.attribute_code = 'special_from_date')[1].value ->> '$', 10)
            AS special_from,
        left(list_filter(attributes, lambda item: item.attribute_code = 'special_to_date')[1].value ->> '$', 10)
            AS special_to
    FROM mirror
),
base AS (
    SELECT
        lower(record ->> 'sku') AS sku_key, TRY_CAST(record ->> 'store_id' AS BIGINT) AS store_id,
        any_value(TRY_CAST(record ->> 'price' AS DOUBLE)) AS price
    FROM base_prices_after
    GROUP BY ALL
),
special AS (
    SELECT
        lower(record ->> 'sku') AS sku_key, TRY_CAST(record ->> 'store_id' AS BIGINT) AS store_id,
        any_value(TRY_CAST(record ->> 'price' AS DOUBLE)) AS price,
        any_value(left(record ->> 'price_from', 10)) AS price_from, any_value(left(record ->> 'price_to', 10)) AS price_to
    FROM special_prices_after
    GROUP BY ALL
)
SELECT DISTINCT specials.id
FROM specials
LEFT JOIN base AS own ON own.sku_key = specials.sku_key AND own.store_id = specials.store_id
LEFT JOIN base AS shared ON shared.sku_key = specials.sku_key AND shared.store_id = 0
LEFT JOIN special AS own_special ON own_special.sku_key = specials.sku_key AND own_special.store_id = specials.store_id
LEFT JOIN special AS shared_special ON shared_special.sku_key = specials.sku_key AND shared_special.store_id = 0
WHERE specials.id IS NOT NULL
  AND specials.type_id NOT IN ('configurable', 'grouped')
  AND (
    abs(coalesce(own.price, shared.price) - specials.price) > 0.00005
    OR round(coalesce(own_special.price, shared_special.price), 4) IS DISTINCT FROM round(specials.special, 4)
    OR coalesce(own_special.price_from, shared_special.price_from) IS DISTINCT FROM specials.special_from
    OR coalesce(own_special.price_to, shared_special.price_to) IS DISTINCT FROM specials.special_to
  )
ORDER BY specials.id;
