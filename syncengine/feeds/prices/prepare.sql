-- Purpose: what prices need beside a product's own record, once for the whole catalog and sorted by product.
-- Reads: records.websites, store_groups, tier_prices, catalog_rule_prices, offered; prepared.store_views,
--   customer_groups, product_keys.
-- Makes: prepared.prices_views (store_view_id, rank: which view speaks for its website; today in the website's zone),
--   prepared.prices_tiers (the look-up's rows), prepared.prices_rules. Group 32000 is 'all groups'.

CREATE OR REPLACE TABLE prepared.prices_views AS
WITH default_views AS (
    SELECT
        TRY_CAST(websites.record ->> 'id' AS BIGINT) AS website_id,
        any_value(TRY_CAST(store_groups.record ->> 'default_store_id' AS BIGINT)) AS store_view_id
    FROM records.websites
    JOIN records.store_groups ON store_groups.record ->> 'id' = websites.record ->> 'default_group_id'
    GROUP BY ALL
),
ranked AS (
    SELECT
        views.*,
        row_number() OVER (
            PARTITION BY views.website_id
            ORDER BY
                views.store_view_id IS DISTINCT FROM default_views.store_view_id, NOT coalesce(views.is_active, true),
                views.store_view_id
        ) AS rank
    FROM prepared.store_views AS views
    LEFT JOIN default_views USING (website_id)
),
-- a time zone that nobody knows counts as UTC: an odd configuration must not stop every price
zones AS (
    SELECT website_id, coalesce(any_value(known.name), 'UTC') AS zone
    FROM ranked
    LEFT JOIN pg_timezone_names() AS known ON known.name = ranked.timezone
    WHERE ranked.rank = 1
    GROUP BY website_id
)
SELECT
    ranked.store_view_id, ranked.website_id, ranked.rank,
    timezone(zones.zone, timezone('UTC', getvariable('now')))::DATE AS today
FROM ranked
JOIN zones USING (website_id);

CREATE OR REPLACE TABLE prepared.prices_tiers AS
WITH labels AS (
    SELECT lower(name) AS label, min(customer_group_id) AS customer_group_id
    FROM prepared.customer_groups
    GROUP BY ALL
    UNION ALL
    SELECT 'all groups', 32000
)
SELECT
    product_keys.product_id,
    coalesce(TRY_CAST(record ->> 'website_id' AS BIGINT), 0) AS website_id,
    labels.customer_group_id,
    TRY_CAST(record ->> 'quantity' AS DOUBLE) AS qty,
    coalesce(record ->> 'price_type', 'fixed') = 'discount' AS is_percentage,
    TRY_CAST(record ->> 'price' AS DOUBLE) AS amount,
    record ->> 'customer_group' AS group_label
FROM records.tier_prices
JOIN prepared.product_keys ON product_keys.sku_key = sku_key(tier_prices.record ->> 'sku')
LEFT JOIN labels ON labels.label = lower(tier_prices.record ->> 'customer_group')
ORDER BY product_keys.product_id;

-- two rules that reach one price: the shopper pays the lower
CREATE OR REPLACE TABLE prepared.prices_rules AS
SELECT
    product_keys.product_id,
    TRY_CAST(record ->> 'website_id' AS BIGINT) AS website_id,
    TRY_CAST(record ->> 'customer_group_id' AS BIGINT) AS customer_group_id,
    min(TRY_CAST(record ->> 'rule_price' AS DOUBLE)) AS amount
FROM records.catalog_rule_prices
JOIN prepared.product_keys ON product_keys.sku_key = sku_key(catalog_rule_prices.record ->> 'sku')
WHERE TRY_CAST(record ->> 'rule_price' AS DOUBLE) IS NOT NULL
GROUP BY ALL
ORDER BY product_keys.product_id;
