-- Purpose: the price rows of one range of products: per website the fallback row `0`, and one row per customer group
--   that has a price of its own and differs from it. docs/prices.md has the rules and their test vectors.
-- Reads: prepared.items, products, product_keys, product_parents; prepared.prices_* (prepare.sql).
WITH chosen AS (
    SELECT
        items.product_id, items.website_id, any_value(items.website_code) AS website_code,
        arg_min(items.scope, views.rank) AS scope, any_value(views.today) AS today
    FROM prepared.items
    JOIN prepared.prices_views AS views USING (store_view_id)
    WHERE items.type_id NOT IN ('configurable', 'giftcard')
    GROUP BY items.product_id, items.website_id
),

-- only what prices need of a record, so that nothing below carries descriptions and images
records AS MATERIALIZED (
    SELECT
        product_id, scope, sku, type_id, price, modified_at,
        nullif(vals[list_position(codes, 'special_price')], '') AS special_text,
        nullif(vals[list_position(codes, 'special_from_date')], '') AS from_text,
        nullif(vals[list_position(codes, 'special_to_date')], '') AS to_text,
        coalesce(vals[list_position(codes, 'price_type')], '0') AS price_type,
        CASE WHEN json_array_length(tier_prices) > 0 THEN tier_prices END AS tiers
    FROM prepared.products
    WHERE type_id NOT IN ('configurable', 'giftcard')
),

bases AS MATERIALIZED (
    SELECT
        chosen.product_id, chosen.website_id, chosen.website_code, records.sku, records.modified_at,
        CASE
            WHEN type_id = 'bundle' AND price_type = '1' THEN 'BUNDLE_FIXED'
            WHEN type_id = 'bundle' THEN 'BUNDLE_DYNAMIC'
            WHEN type_id IN ('downloadable', 'grouped') THEN upper(type_id)
            ELSE 'SIMPLE'
        END AS type,
        coalesce(price, 0) AS regular,
        CASE
            WHEN special_text IS NULL THEN NULL
            WHEN chosen.today < TRY_CAST(left(from_text, 10) AS DATE) THEN NULL
            WHEN chosen.today > TRY_CAST(left(to_text, 10) AS DATE) THEN NULL
            WHEN type_id = 'bundle' THEN '"percentage":' || canonical_number(TRY_CAST(special_text AS DOUBLE))
            ELSE '"price":' || canonical_number(TRY_CAST(special_text AS DOUBLE))
        END AS special,
        CASE
            WHEN special_text IS NOT NULL AND canonical_number(TRY_CAST(special_text AS DOUBLE)) IS NULL
                THEN 'The special price is not a number: ' || left(special_text, 40)
            WHEN special_text IS NOT NULL AND from_text IS NOT NULL AND TRY_CAST(left(from_text, 10) AS DATE) IS NULL
                THEN 'The first day of the special price is not a date: ' || left(from_text, 40)
            WHEN special_text IS NOT NULL AND to_text IS NOT NULL AND TRY_CAST(left(to_text, 10) AS DATE) IS NULL
                THEN 'The last day of the special price is not a date: ' || left(to_text, 40)
        END AS problem
    FROM chosen
    JOIN records USING (product_id, scope)
),

-- Tier rows of the look-up are as stored. Those inside a product record are, at a store view, converted into the
-- website's currency, so the admin scope's record is preferred, and a percentage comes with a computed value.
recorded_tiers AS (
    SELECT product_id, records.scope, unnest(from_json(tiers, '[{
        "customer_group_id": "VARCHAR", "qty": "VARCHAR", "value": "VARCHAR",
        "extension_attributes": {"website_id": "VARCHAR", "percentage_value": "VARCHAR"}}]')) AS tier
    FROM records
    WHERE tiers IS NOT NULL
      AND NOT (SELECT coalesce(bool_or(offered), false) FROM records.offered WHERE entity = 'tier_prices')
),
tiers AS (
    SELECT
        chosen.product_id, chosen.website_id, stored.website_id AS own_website_id, stored.customer_group_id,
        stored.qty, stored.is_percentage, stored.amount, stored.group_label
    FROM chosen
    JOIN prepared.prices_tiers AS stored
        ON stored.product_id = chosen.product_id AND stored.website_id IN (0, chosen.website_id)
    WHERE stored.product_id BETWEEN getvariable('range_from') AND getvariable('range_to')
    UNION ALL
    SELECT
        chosen.product_id, chosen.website_id,
        coalesce(TRY_CAST(tier.extension_attributes.website_id AS BIGINT), 0),
        TRY_CAST(tier.customer_group_id AS BIGINT), TRY_CAST(tier.qty AS DOUBLE),
        tier.extension_attributes.percentage_value IS NOT NULL,
        TRY_CAST(coalesce(tier.extension_attributes.percentage_value, tier.value) AS DOUBLE), tier.customer_group_id
    FROM chosen
    JOIN prepared.product_keys AS keys USING (product_id)
    JOIN recorded_tiers
        ON recorded_tiers.product_id = chosen.product_id
        AND recorded_tiers.scope = CASE WHEN list_contains(keys.scopes, 'all') THEN 'all' ELSE chosen.scope END
    WHERE coalesce(TRY_CAST(tier.extension_attributes.website_id AS BIGINT), 0) IN (0, chosen.website_id)
),
-- a website's own tier wins over the one for all websites
tier_steps AS MATERIALIZED (
    SELECT
        product_id, website_id, customer_group_id, qty,
        arg_max(
            CASE WHEN is_percentage THEN '"percentage":' ELSE '"price":' END || canonical_number(amount),
            (own_website_id, -amount)
        ) AS measure
    FROM tiers
    WHERE customer_group_id IS NOT NULL AND qty IS NOT NULL AND amount IS NOT NULL
    GROUP BY ALL
),
tier_problems AS (
    SELECT
        product_id, website_id,
        min('A tier price cannot be read (customer group ' || coalesce(group_label, 'missing') || ').') AS problem
    FROM tiers
    WHERE customer_group_id IS NULL OR qty IS NULL OR amount IS NULL
    GROUP BY ALL
),
rules AS MATERIALIZED (
    SELECT * FROM prepared.prices_rules
    WHERE product_id BETWEEN getvariable('range_from') AND getvariable('range_to')
),

-- the fallback is group 32000 here: what holds for all groups
rows AS MATERIALIZED (
    SELECT DISTINCT product_id, website_id, 32000 AS customer_group_id FROM bases
    UNION
    SELECT product_id, website_id, customer_group_id FROM tier_steps
    UNION
    SELECT product_id, website_id, customer_group_id FROM rules
),
-- a group's own step replaces the one of all groups at the same quantity
row_steps AS (
    SELECT
        rows.product_id, rows.website_id, rows.customer_group_id, steps.qty,
        arg_min(steps.measure, steps.customer_group_id = 32000) AS measure
    FROM rows
    JOIN tier_steps AS steps
        ON steps.product_id = rows.product_id AND steps.website_id = rows.website_id
        AND steps.customer_group_id IN (rows.customer_group_id, 32000)
    GROUP BY ALL
),
row_tiers AS (
    SELECT
        product_id, website_id, customer_group_id,
        arg_max(measure, qty) FILTER (qty <= 1) AS group_measure,
        list_sort(list(struct_pack(qty := qty, measure := measure)) FILTER (qty > 1)) AS steps
    FROM row_steps
    GROUP BY ALL
),
priced AS MATERIALIZED (
    SELECT
        rows.product_id, rows.website_id, rows.customer_group_id,
        list_filter(
            [
                '{"code":"special_price",' || bases.special || '}',
                '{"code":"group",' || row_tiers.group_measure || '}',
                '{"code":"catalog_rule","price":' || canonical_number(coalesce(own.amount, shared.amount)) || '}'
            ],
            lambda x: x IS NOT NULL
        )::JSON[] AS discounts,
        list_transform(
            row_tiers.steps, lambda x: '{"qty":' || canonical_number(x.qty) || ',' || x.measure || '}'
        )::JSON[] AS tier_prices
    FROM rows
    JOIN bases USING (product_id, website_id)
    LEFT JOIN row_tiers USING (product_id, website_id, customer_group_id)
    LEFT JOIN rules AS own USING (product_id, website_id, customer_group_id)
    LEFT JOIN rules AS shared
        ON shared.product_id = rows.product_id AND shared.website_id = rows.website_id
        AND shared.customer_group_id = 32000
),

parents AS (
    SELECT
        child_id AS product_id, website_id,
        list_sort(list(struct_pack(type := upper(parent_type), sku := parent_sku))) AS parents
    FROM (
        SELECT child_id, parent_sku, parent_type, unnest(keys.website_ids) AS website_id
        FROM prepared.product_parents
        JOIN prepared.product_keys AS keys ON keys.product_id = product_parents.parent_id
        WHERE child_id BETWEEN getvariable('range_from') AND getvariable('range_to')
    )
    GROUP BY ALL
)

SELECT
    bases.website_id AS "websiteId",
    bases.product_id AS "productId",
    bases.sku,
    bases.type,
    CASE priced.customer_group_id WHEN 32000 THEN '0' ELSE sha1(priced.customer_group_id::VARCHAR) END
        AS "customerGroupCode",
    bases.website_code AS "websiteCode",
    parents.parents,
    bases.regular,
    none_if_empty(priced.discounts) AS discounts,
    priced.tier_prices AS "tierPrices",
    bases.product_id AS source_entity_id,
    bases.modified_at,
    CASE WHEN coalesce(bases.problem, tier_problems.problem) IS NOT NULL THEN 'malformed_price' END AS problem_code,
    coalesce(bases.problem, tier_problems.problem) AS problem_message
FROM bases
JOIN priced USING (product_id, website_id)
JOIN priced AS fallback
    ON fallback.product_id = bases.product_id AND fallback.website_id = bases.website_id
    AND fallback.customer_group_id = 32000
LEFT JOIN parents USING (product_id, website_id)
LEFT JOIN tier_problems USING (product_id, website_id)
WHERE priced.customer_group_id = 32000
   OR (
       coalesce(bases.problem, tier_problems.problem) IS NULL
       AND (
           priced.discounts::VARCHAR[] IS DISTINCT FROM fallback.discounts::VARCHAR[]
           OR priced.tier_prices::VARCHAR[] IS DISTINCT FROM fallback.tier_prices::VARCHAR[]
       )
   )
