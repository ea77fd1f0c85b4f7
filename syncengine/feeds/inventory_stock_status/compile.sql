-- Purpose: what each stock can sell of each product of the range that has a source.
-- Reads: prepared.product_keys, products, inventory_stock_holdings (prepare.sql).
-- The index carries the stocked quantity, reservations are nowhere in REST: qtyForSale is that quantity too.
WITH keys AS (
    SELECT product_id, sku, sku_key
    FROM prepared.product_keys
    WHERE product_id BETWEEN getvariable('range_from') AND getvariable('range_to')
),
-- the list of products leaves the stock item out; where a record has one, every scope has the same
flags AS (
    SELECT
        product_id,
        bool_or(NOT as_flag(stock_item ->> 'manage_stock')) AS is_infinite,
        min(TRY_CAST(stock_item ->> 'notify_stock_qty' AS DOUBLE)) AS notify_qty
    FROM prepared.products
    WHERE stock_item IS NOT NULL
    GROUP BY product_id
)
SELECT
    holdings.stock_id AS "stockId",
    keys.sku,
    keys.product_id AS "productId",
    holdings.qty,
    holdings.qty AS "qtyForSale",
    flags.is_infinite AS "infiniteStock",
    CASE WHEN flags.is_infinite THEN false ELSE holdings.qty <= flags.notify_qty END AS "lowStock",
    holdings.is_salable AS "isSalable",
    keys.product_id AS source_entity_id,
    CAST(NULL AS TIMESTAMP) AS modified_at
FROM keys
JOIN prepared.inventory_stock_holdings AS holdings USING (sku_key)
LEFT JOIN flags USING (product_id)
