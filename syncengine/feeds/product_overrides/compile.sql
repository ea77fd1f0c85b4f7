-- Purpose: per product of the range, website and customer group: what its categories together grant. The most
--   permissive category wins. No row where no permission record governs any of its categories, nor for a product in no
--   category of the website.
-- Reads: prepared.products, product_keys, websites, customer_groups; prepared.product_overrides_* (prepare.sql).
WITH links AS (
    SELECT DISTINCT product_id, TRY_CAST(link.category_id AS BIGINT) AS category_id
    FROM (SELECT product_id, unnest(category_links) AS link FROM prepared.products)
),
memberships AS MATERIALIZED (
    SELECT links.product_id, categories.website_id, links.category_id
    FROM links
    JOIN prepared.product_overrides_categories AS categories USING (category_id)
    JOIN prepared.product_keys AS keys
        ON keys.product_id = links.product_id AND list_contains(keys.website_ids, categories.website_id)
),
sizes AS (
    SELECT product_id, website_id, count(*) AS categories FROM memberships GROUP BY ALL
),
governed AS (
    SELECT
        memberships.product_id, memberships.website_id, grants.customer_group_id, count(*) AS categories,
        max(view_grant) AS view_grant, max(price_grant) AS price_grant, max(checkout_grant) AS checkout_grant
    FROM memberships
    JOIN prepared.product_overrides_grants AS grants USING (website_id, category_id)
    GROUP BY ALL
),
-- a category without a record of its own or above grants what the global configuration grants
settled AS (
    SELECT
        governed.product_id, governed.website_id, governed.customer_group_id,
        CASE WHEN sizes.categories > governed.categories
            THEN greatest(governed.view_grant, defaults.view_grant) ELSE governed.view_grant END AS view_grant,
        CASE WHEN sizes.categories > governed.categories
            THEN greatest(governed.price_grant, defaults.price_grant) ELSE governed.price_grant END AS price_grant,
        CASE WHEN sizes.categories > governed.categories
            THEN greatest(governed.checkout_grant, defaults.checkout_grant) ELSE governed.checkout_grant
            END AS checkout_grant
    FROM governed
    JOIN sizes USING (product_id, website_id)
    JOIN prepared.product_overrides_defaults AS defaults USING (website_id, customer_group_id)
)
SELECT
    websites.website_code AS "websiteCode",
    groups.customer_group_code AS "customerGroupCode",
    settled.product_id AS "productId",
    keys.sku,
    settled.view_grant = -1 AS displayable,
    settled.price_grant = -1 AS "priceDisplayable",
    settled.checkout_grant = -1 AS buyable,
    settled.product_id AS source_entity_id,
    keys.modified_at
FROM settled
JOIN prepared.product_keys AS keys USING (product_id)
JOIN prepared.websites AS websites USING (website_id)
JOIN prepared.customer_groups AS groups USING (customer_group_id)
