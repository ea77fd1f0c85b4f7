-- Purpose: every permission record as it stands, and one fallback row per customer group (category 0, all websites)
--   that says what the global configuration grants. A store with the four stock groups has four of those.
-- Reads: records.category_permissions; prepared.websites, customer_groups.
-- '*' = all websites, all groups. Grants: -1 allow, -2 deny, 0 inherit. Category 0 in a record = global configuration;
--   where a source has none, Commerce's own default holds: everything is allowed.
WITH texts AS (
    SELECT
        coalesce(record ->> 'category_id', '0') AS category_text,
        nullif(record ->> 'website_id', '0') AS website_text,
        nullif(record ->> 'customer_group_id', '32000') AS group_text,
        coalesce(record ->> 'grant_catalog_category_view', '0') AS view_text,
        coalesce(record ->> 'grant_catalog_product_price', '0') AS price_text,
        coalesce(record ->> 'grant_checkout_items', '0') AS checkout_text
    FROM records.category_permissions
),
typed AS (
    SELECT
        texts.*,
        TRY_CAST(category_text AS BIGINT) AS category_id,
        TRY_CAST(group_text AS BIGINT) AS customer_group_id,
        TRY_CAST(view_text AS INTEGER) AS view_grant,
        TRY_CAST(price_text AS INTEGER) AS price_grant,
        TRY_CAST(checkout_text AS INTEGER) AS checkout_grant,
        websites.website_code
    FROM texts
    LEFT JOIN prepared.websites AS websites ON websites.website_id = TRY_CAST(website_text AS BIGINT)
),
checked AS (
    SELECT
        *,
        CASE
            WHEN category_id IS NULL THEN 'The category id is not a number: ' || left(category_text, 40)
            WHEN website_text IS NOT NULL AND website_code IS NULL
                THEN 'There is no website ' || left(website_text, 40) || '.'
            WHEN group_text IS NOT NULL AND customer_group_id IS NULL
                THEN 'The customer group id is not a number: ' || left(group_text, 40)
            WHEN NOT coalesce(
                view_grant IN (-2, -1, 0) AND price_grant IN (-2, -1, 0) AND checkout_grant IN (-2, -1, 0), false
            ) THEN 'A grant is none of -1 (allow), -2 (deny) and 0 (inherit).'
        END AS problem
    FROM typed
),
-- the group's own global setting before the one for all groups; 0 says nothing
fallbacks AS (
    SELECT
        groups.customer_group_id,
        arg_min(view_grant, checked.customer_group_id IS NULL) FILTER (view_grant <> 0) AS view_grant,
        arg_min(price_grant, checked.customer_group_id IS NULL) FILTER (price_grant <> 0) AS price_grant,
        arg_min(checkout_grant, checked.customer_group_id IS NULL) FILTER (checkout_grant <> 0) AS checkout_grant
    FROM prepared.customer_groups AS groups
    LEFT JOIN checked
        ON checked.category_id = 0 AND checked.website_text IS NULL AND checked.problem IS NULL
        AND coalesce(checked.customer_group_id, groups.customer_group_id) = groups.customer_group_id
    GROUP BY ALL
)
SELECT
    category_text AS "categoryId",
    coalesce(website_code, '*') AS "websiteCode",
    coalesce(sha1(customer_group_id::VARCHAR), '*') AS "customerGroupCode",
    struct_pack("categoryView" := view_grant, "displayProductPrice" := price_grant, "addToCart" := checkout_grant)
        AS permissions,
    category_text || '/' || coalesce(website_text, '*') || '/' || coalesce(group_text, '*') AS source_entity_id,
    CAST(NULL AS TIMESTAMP) AS modified_at,
    CASE WHEN problem IS NOT NULL THEN 'malformed_permission' END AS problem_code,
    problem AS problem_message
FROM checked
WHERE problem IS NOT NULL OR category_id <> 0 OR website_text IS NOT NULL
UNION ALL
SELECT
    '0', '*', sha1(customer_group_id::VARCHAR),
    struct_pack(
        "categoryView" := coalesce(view_grant, -1), "displayProductPrice" := coalesce(price_grant, -1),
        "addToCart" := coalesce(checkout_grant, -1)
    ),
    '0/*/' || customer_group_id, CAST(NULL AS TIMESTAMP), NULL, NULL
FROM fallbacks
