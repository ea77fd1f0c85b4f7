-- Purpose: product attributes and their option labels per store view.
-- Reads: records.attributes (read per store view, or once for all), prepared.store_views.
-- Makes: prepared.attributes (store_view_code, attribute_code, … label),
--   prepared.attribute_options (store_view_code, attribute_code, value, label, position from 0).

CREATE OR REPLACE TABLE prepared.attribute_records AS
SELECT
    scope,
    record ->> 'attribute_code' AS attribute_code,
    TRY_CAST(record ->> 'attribute_id' AS BIGINT) AS attribute_id,
    record ->> 'default_frontend_label' AS default_label,
    record -> 'frontend_labels' AS store_labels,
    record ->> 'frontend_input' AS frontend_input,
    record ->> 'backend_type' AS backend_type,
    record ->> 'frontend_class' AS frontend_class,
    record ->> 'scope' AS value_scope,
    TRY_CAST(record ->> 'search_weight' AS DOUBLE) AS search_weight,
    coalesce(as_flag(record ->> 'is_required'), false) AS is_required,
    coalesce(as_flag(record ->> 'is_unique'), false) AS is_unique,
    coalesce(as_flag(record ->> 'is_visible'), false) AS is_visible,
    coalesce(as_flag(record ->> 'is_searchable'), false) AS is_searchable,
    coalesce(as_flag(record ->> 'is_filterable'), false) AS is_filterable,
    coalesce(as_flag(record ->> 'is_filterable_in_search'), false) AS is_filterable_in_search,
    coalesce(as_flag(record ->> 'is_comparable'), false) AS is_comparable,
    coalesce(as_flag(record ->> 'used_in_product_listing'), false) AS used_in_product_listing,
    coalesce(as_flag(record ->> 'used_for_sort_by'), false) AS used_for_sort_by,
    coalesce(as_flag(record ->> 'is_visible_on_front'), false) AS is_visible_on_front,
    coalesce(as_flag(record ->> 'is_used_for_promo_rules'), false) AS is_used_for_promo_rules,
    coalesce(as_flag(record ->> 'is_user_defined'), false) AS is_user_defined,
    list_filter(
        from_json(record -> 'options', '[{"label": "VARCHAR", "value": "VARCHAR"}]'), lambda x: trim(x.value) <> ''
    ) AS options
FROM records.attributes
WHERE record ->> 'attribute_code' IS NOT NULL;

-- one record per view and attribute: the one that speaks for the view (view_scopes)
CREATE OR REPLACE TABLE prepared.attributes AS
WITH candidates AS (
    SELECT
        views.store_view_id, views.store_view_code, views.store_code, views.website_code, records.*,
        row_number() OVER (
            PARTITION BY views.store_view_id, records.attribute_code
            ORDER BY scopes.place NULLS LAST, records.scope, records.attribute_id
        ) AS place
    FROM prepared.store_views AS views
    CROSS JOIN prepared.attribute_records AS records
    LEFT JOIN prepared.view_scopes AS scopes
        ON scopes.store_view_id = views.store_view_id AND scopes.scope = records.scope
)
SELECT
    candidates.* EXCLUDE (place, store_labels, default_label),
    coalesce(
        (
            SELECT any_value(entry.label)
            FROM (SELECT unnest(from_json(store_labels, '[{"store_id": "BIGINT", "label": "VARCHAR"}]')) AS entry)
            WHERE entry.store_id = store_view_id AND trim(entry.label) <> ''
        ),
        default_label
    ) AS label
FROM candidates
WHERE place = 1;

-- label of the view, else the admin's, else (in the SQL that asks) the id
CREATE OR REPLACE TABLE prepared.attribute_options AS
WITH own AS (
    SELECT
        store_view_code, attribute_code, attribute_id, options[place].value AS value, options[place].label AS label, place
    FROM (
        SELECT store_view_code, attribute_code, attribute_id, options, unnest(range(1, len(options) + 1)) AS place
        FROM prepared.attributes
    )
),
admin AS (
    SELECT attribute_code, entry.value AS value, any_value(entry.label) AS label
    FROM (SELECT attribute_code, unnest(options) AS entry FROM prepared.attribute_records WHERE scope IN ('all', ''))
    GROUP BY ALL
)
SELECT
    own.store_view_code, own.attribute_code, any_value(own.attribute_id) AS attribute_id, own.value,
    coalesce(any_value(nullif(own.label, '')), any_value(nullif(admin.label, ''))) AS label,
    min(own.place) - 1 AS position
FROM own
LEFT JOIN admin USING (attribute_code, value)
GROUP BY own.store_view_code, own.attribute_code, own.value;

DROP TABLE prepared.attribute_records;
