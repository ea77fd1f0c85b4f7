-- Purpose: categories per store view under whose root they stand, with the path of url keys and inherited inactivity.
-- Reads: records.categories (read per store view, or once for all), prepared.store_views.
-- Makes: prepared.categories.

CREATE OR REPLACE TABLE prepared.category_records AS
SELECT
    scope, category_id, record ->> 'name' AS name,
    TRY_CAST(record ->> 'parent_id' AS BIGINT) AS parent_id,
    record ->> 'path' AS path,
    list_transform(string_split(record ->> 'path', '/'), lambda x: TRY_CAST(x AS BIGINT)) AS path_ids,
    TRY_CAST(record ->> 'level' AS INTEGER) AS level,
    TRY_CAST(record ->> 'position' AS INTEGER) AS position,
    coalesce(as_flag(record ->> 'is_active'), false) AS is_active,
    as_flag(record ->> 'include_in_menu') AS include_in_menu,
    record ->> 'created_at' AS created_at,
    record ->> 'updated_at' AS updated_at,
    from_json(record -> 'available_sort_by', '["VARCHAR"]') AS available_sort_by,
    attribute(codes, vals, 'url_key') AS url_key,
    attribute(codes, vals, 'description') AS description,
    attribute(codes, vals, 'meta_title') AS meta_title,
    attribute(codes, vals, 'meta_keywords') AS meta_keywords,
    attribute(codes, vals, 'meta_description') AS meta_description,
    attribute(codes, vals, 'display_mode') AS display_mode,
    attribute(codes, vals, 'image') AS image,
    attribute(codes, vals, 'default_sort_by') AS default_sort_by,
    attribute(codes, vals, 'is_anchor') AS is_anchor
FROM (
    SELECT
        *,
        list_transform(pairs, lambda x: x.attribute_code) AS codes,
        list_transform(pairs, lambda x: x.value) AS vals
    FROM (
        SELECT
            scope, record, TRY_CAST(record ->> 'id' AS BIGINT) AS category_id,
            from_json(record -> 'custom_attributes', '[{"attribute_code": "VARCHAR", "value": "VARCHAR"}]') AS pairs
        FROM records.categories
    )
)
WHERE category_id IS NOT NULL;

CREATE OR REPLACE TABLE prepared.categories AS
WITH candidates AS (
    SELECT
        views.store_view_id, views.store_view_code, views.store_code, views.website_id, views.website_code,
        views.root_category_id, views.base_url, views.base_media_url, records.*,
        row_number() OVER (
            PARTITION BY views.store_view_id, records.category_id
            ORDER BY scopes.place NULLS LAST, records.scope
        ) AS place
    FROM prepared.store_views AS views
    JOIN prepared.category_records AS records ON list_contains(records.path_ids, views.root_category_id)
    LEFT JOIN prepared.view_scopes AS scopes
        ON scopes.store_view_id = views.store_view_id AND scopes.scope = records.scope
),
chosen AS (
    SELECT * EXCLUDE (place) FROM candidates WHERE place = 1
),
-- ancestors below the root and the category itself, in path order
chain AS (
    SELECT
        below.store_view_id, below.category_id, list(above.url_key ORDER BY list_position(below.path_ids, above.category_id)) AS url_keys,
        bool_and(above.is_active) AS is_active
    FROM chosen AS below
    JOIN chosen AS above
        ON above.store_view_id = below.store_view_id
        AND list_contains(below.path_ids, above.category_id)
        AND above.category_id <> below.root_category_id
    GROUP BY ALL
),
children AS (
    SELECT store_view_id, parent_id AS category_id, list(category_id ORDER BY position, category_id) AS child_ids
    FROM chosen
    GROUP BY ALL
)
SELECT
    chosen.* EXCLUDE (is_active, scope),
    CASE WHEN chosen.category_id = chosen.root_category_id THEN '' ELSE array_to_string(chain.url_keys, '/') END AS url_path,
    chosen.is_active AND coalesce(chain.is_active, true) AS is_active,
    children.child_ids
FROM chosen
LEFT JOIN chain USING (store_view_id, category_id)
LEFT JOIN children USING (store_view_id, category_id);

DROP TABLE prepared.category_records;
