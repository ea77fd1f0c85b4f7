-- Purpose: websites, store views and customer groups as typed tables (the admin scope left out).
-- Reads: records.websites, store_groups, store_views, store_configs, customer_groups.
-- Makes: prepared.websites, prepared.store_views, prepared.view_scopes, prepared.customer_groups.

CREATE OR REPLACE TABLE prepared.websites AS
SELECT website_id, any_value(website_code) AS website_code, any_value(name) AS name
FROM (
    SELECT TRY_CAST(record ->> 'id' AS BIGINT) AS website_id, record ->> 'code' AS website_code, record ->> 'name' AS name
    FROM records.websites
)
WHERE website_id > 0 AND website_code IS NOT NULL
GROUP BY website_id;

CREATE OR REPLACE TABLE prepared.store_views AS
WITH configs AS (
    SELECT
        record ->> 'code' AS store_view_code,
        any_value(record ->> 'base_currency_code') AS base_currency,
        any_value(record ->> 'default_display_currency_code') AS display_currency,
        any_value(record ->> 'timezone') AS timezone,
        any_value(record ->> 'weight_unit') AS weight_unit,
        any_value(rtrim(record ->> 'base_url', '/') || '/') AS base_url,
        any_value(rtrim(record ->> 'base_link_url', '/') || '/') AS base_link_url,
        any_value(rtrim(record ->> 'base_media_url', '/') || '/') AS base_media_url
    FROM records.store_configs
    GROUP BY ALL
),
groups AS (
    SELECT
        TRY_CAST(record ->> 'id' AS BIGINT) AS store_id,
        any_value(record ->> 'code') AS store_code,
        any_value(TRY_CAST(record ->> 'root_category_id' AS BIGINT)) AS root_category_id,
        any_value(TRY_CAST(record ->> 'website_id' AS BIGINT)) AS website_id,
        any_value(TRY_CAST(record ->> 'default_store_id' AS BIGINT)) AS default_store_view_id
    FROM records.store_groups
    GROUP BY ALL
),
views AS (
    SELECT
        TRY_CAST(record ->> 'id' AS BIGINT) AS store_view_id,
        any_value(record ->> 'code') AS store_view_code,
        any_value(TRY_CAST(record ->> 'website_id' AS BIGINT)) AS website_id,
        any_value(TRY_CAST(record ->> 'store_group_id' AS BIGINT)) AS store_id,
        any_value(as_flag(record ->> 'is_active')) AS is_active
    FROM records.store_views
    GROUP BY ALL
)
SELECT
    views.store_view_id, views.store_view_code, views.is_active,
    websites.website_id, websites.website_code,
    groups.store_id, groups.store_code, groups.root_category_id,
    configs.base_currency, coalesce(configs.display_currency, configs.base_currency) AS display_currency,
    coalesce(configs.timezone, 'UTC') AS timezone,
    configs.weight_unit, configs.base_url, configs.base_link_url,
    configs.base_media_url
FROM views
JOIN prepared.websites AS websites USING (website_id)
JOIN groups ON groups.store_id = views.store_id
LEFT JOIN configs USING (store_view_code)
WHERE views.store_view_id > 0;

-- Which record speaks for a view, best first: the one read under the view itself, one valid for every view, the admin's,
-- another view's of the same store, of the same website (its prices are in the same currency), any other view's.
CREATE OR REPLACE TABLE prepared.view_scopes AS
SELECT
    store_view_id, store_view_code, scope,
    row_number() OVER (PARTITION BY store_view_id ORDER BY nearness, NOT coalesce(is_active, true), other_id) AS place
FROM (
    SELECT
        views.store_view_id, views.store_view_code, others.store_view_code AS scope, others.is_active,
        others.store_view_id AS other_id,
        CASE
            WHEN others.store_view_id = views.store_view_id THEN 0
            WHEN others.store_id = views.store_id THEN 3
            WHEN others.website_id = views.website_id THEN 4
            ELSE 5
        END AS nearness
    FROM prepared.store_views AS views
    CROSS JOIN prepared.store_views AS others
    UNION ALL
    SELECT store_view_id, store_view_code, unnest(['', 'all']), NULL, NULL, unnest([1, 2])
    FROM prepared.store_views
);

-- excluded_website_ids: websites the group is not valid on (extension attribute of the group)
CREATE OR REPLACE TABLE prepared.customer_groups AS
SELECT
    customer_group_id,
    any_value(record ->> 'code') AS name,
    sha1(customer_group_id::VARCHAR) AS customer_group_code,
    any_value(
        list_transform(
            from_json(record -> '$.extension_attributes.exclude_website_ids', '["VARCHAR"]'), lambda x: TRY_CAST(x AS BIGINT)
        )
    ) AS excluded_website_ids
FROM (SELECT TRY_CAST(record ->> 'id' AS BIGINT) AS customer_group_id, record FROM records.customer_groups)
WHERE customer_group_id IS NOT NULL
GROUP BY customer_group_id;
