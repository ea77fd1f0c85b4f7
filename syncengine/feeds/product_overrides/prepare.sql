-- Purpose: what each category grants to each website and customer group that any permission record reaches, records of
--   ancestors inherited.
-- Reads: records.category_permissions; prepared.websites, customer_groups, categories.
-- Makes: prepared.product_overrides_categories (website_id, category_id), prepared.product_overrides_defaults (website_id,
--   customer_group_id, the grants of the global configuration), prepared.product_overrides_grants (the same per category
--   that a record governs). A grant is -1 (allow) or -2 (deny): the greater is the more permissive.

CREATE OR REPLACE TABLE prepared.product_overrides_categories AS
SELECT website_id, category_id, any_value(path_ids) AS path_ids
FROM prepared.categories
GROUP BY ALL;

-- one row per record, website and group it holds for; the record that names the group is more particular than the one
-- that names the website, the one that names both comes first
CREATE OR REPLACE TABLE prepared.product_overrides_records AS
WITH typed AS (
    SELECT
        coalesce(TRY_CAST(coalesce(record ->> 'category_id', '0') AS BIGINT), -1) AS category_id,
        nullif(record ->> 'website_id', '0') AS website_text,
        nullif(record ->> 'customer_group_id', '32000') AS group_text,
        coalesce(record ->> 'grant_catalog_category_view', '0') AS view_text,
        coalesce(record ->> 'grant_catalog_product_price', '0') AS price_text,
        coalesce(record ->> 'grant_checkout_items', '0') AS checkout_text
    FROM records.category_permissions
)
SELECT
    typed.category_id, websites.website_id, groups.customer_group_id,
    (CASE WHEN group_text IS NULL THEN 0 ELSE 2 END) + (CASE WHEN website_text IS NULL THEN 0 ELSE 1 END) AS rank,
    TRY_CAST(view_text AS INTEGER) AS view_grant,
    TRY_CAST(price_text AS INTEGER) AS price_grant,
    TRY_CAST(checkout_text AS INTEGER) AS checkout_grant
FROM typed
JOIN prepared.websites AS websites
    ON coalesce(TRY_CAST(website_text AS BIGINT), CASE WHEN website_text IS NULL THEN websites.website_id END)
        = websites.website_id
JOIN prepared.customer_groups AS groups
    ON coalesce(TRY_CAST(group_text AS BIGINT), CASE WHEN group_text IS NULL THEN groups.customer_group_id END)
        = groups.customer_group_id
WHERE view_text IN ('-2', '-1', '0') AND price_text IN ('-2', '-1', '0') AND checkout_text IN ('-2', '-1', '0');

CREATE OR REPLACE TABLE prepared.product_overrides_defaults AS
SELECT
    websites.website_id, groups.customer_group_id,
    coalesce(arg_max(view_grant, rank) FILTER (view_grant <> 0), -1) AS view_grant,
    coalesce(arg_max(price_grant, rank) FILTER (price_grant <> 0), -1) AS price_grant,
    coalesce(arg_max(checkout_grant, rank) FILTER (checkout_grant <> 0), -1) AS checkout_grant
FROM prepared.websites AS websites
CROSS JOIN prepared.customer_groups AS groups
LEFT JOIN prepared.product_overrides_records AS records
    ON records.category_id = 0 AND records.website_id = websites.website_id
    AND records.customer_group_id = groups.customer_group_id
GROUP BY ALL;

-- per grant the nearest record on the way up that says something, and the more particular of two on one category
CREATE OR REPLACE TABLE prepared.product_overrides_grants AS
WITH ways AS (
    SELECT website_id, category_id, unnest(path_ids) AS step_id, generate_subscripts(path_ids, 1) AS depth
    FROM prepared.product_overrides_categories
),
nearest AS (
    SELECT
        ways.website_id, ways.category_id, records.customer_group_id,
        arg_max(view_grant, depth * 4 + rank) FILTER (view_grant <> 0) AS view_grant,
        arg_max(price_grant, depth * 4 + rank) FILTER (price_grant <> 0) AS price_grant,
        arg_max(checkout_grant, depth * 4 + rank) FILTER (checkout_grant <> 0) AS checkout_grant
    FROM ways
    JOIN prepared.product_overrides_records AS records
        ON records.website_id = ways.website_id AND records.category_id = ways.step_id
    GROUP BY ALL
)
SELECT
    nearest.website_id, nearest.category_id, nearest.customer_group_id,
    coalesce(nearest.view_grant, defaults.view_grant) AS view_grant,
    coalesce(nearest.price_grant, defaults.price_grant) AS price_grant,
    coalesce(nearest.checkout_grant, defaults.checkout_grant) AS checkout_grant
FROM nearest
JOIN prepared.product_overrides_defaults AS defaults USING (website_id, customer_group_id)
WHERE coalesce(nearest.view_grant, nearest.price_grant, nearest.checkout_grant) IS NOT NULL;

-- who may not see a category sees no price there, who sees no price cannot buy
UPDATE prepared.product_overrides_grants SET price_grant = -2 WHERE view_grant = -2;
UPDATE prepared.product_overrides_grants SET checkout_grant = -2 WHERE price_grant = -2;
UPDATE prepared.product_overrides_defaults SET price_grant = -2 WHERE view_grant = -2;
UPDATE prepared.product_overrides_defaults SET checkout_grant = -2 WHERE price_grant = -2;
