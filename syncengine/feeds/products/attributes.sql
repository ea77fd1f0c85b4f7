-- Purpose: user-defined attributes of a product with option labels per store view (label of the view, else the admin's,
--   else the id), as ready JSON fragments that sort by attribute code.
-- Makes: prepared.products_attribute_codes (table), prepared.products_attributes (view of the range:
--   product_id, store_view_id, fragments).

-- kind: how the stored text is read. Two system attributes travel with the user-defined ones.
CREATE OR REPLACE TABLE prepared.products_attribute_codes AS
SELECT DISTINCT ON (attribute_code)
    attribute_code,
    CASE
        WHEN frontend_input = 'boolean' THEN 'flag'
        WHEN frontend_input IN ('select', 'multiselect') THEN 'options'
        WHEN frontend_input = 'price' THEN 'money'
        ELSE 'text'
    END AS kind
FROM prepared.attributes
WHERE (is_user_defined OR attribute_code IN ('news_from_date', 'news_to_date'))
    AND coalesce(frontend_input, '') NOT IN ('media_image', 'gallery')
ORDER BY attribute_code, store_view_id;

CREATE OR REPLACE MACRO prepared.attribute_fragment(code, labels, ids) AS
    '{"attributeCode":' || to_json(code) || ',"value":' || to_json(labels) || ',"valueId":'
    || coalesce(to_json(ids), 'null') || '}';

CREATE OR REPLACE VIEW prepared.products_attributes AS
WITH stored AS (
    SELECT product_id, scope, attribute_code, kind, value
    FROM (SELECT product_id, scope, unnest(codes) AS attribute_code, unnest(vals) AS value FROM prepared.products)
    JOIN prepared.products_attribute_codes USING (attribute_code)
    WHERE value <> ''
),
-- each different stored value is split and labelled once, not once per product
option_ids AS (
    SELECT attribute_code, value, unnest(list_distinct(string_split(value, ','))) AS option_id
    FROM (SELECT DISTINCT attribute_code, value FROM stored WHERE kind = 'options')
),
option_fragments AS (
    SELECT
        views.store_view_id, option_ids.attribute_code, option_ids.value,
        prepared.attribute_fragment(
            option_ids.attribute_code,
            list(coalesce(options.label, trim(option_id)) ORDER BY options.position NULLS LAST, option_id),
            list(trim(option_id) ORDER BY options.position NULLS LAST, option_id)
        ) AS fragment
    FROM option_ids
    CROSS JOIN prepared.store_views AS views
    LEFT JOIN prepared.attribute_options AS options
        ON options.store_view_code = views.store_view_code
        AND options.attribute_code = option_ids.attribute_code
        AND options.value = trim(option_ids.option_id)
    WHERE trim(option_id) <> ''
    GROUP BY views.store_view_id, option_ids.attribute_code, option_ids.value
)
SELECT items.product_id, items.store_view_id, list(
    CASE stored.kind
        WHEN 'options' THEN option_fragments.fragment
        WHEN 'flag' THEN prepared.attribute_fragment(
            stored.attribute_code, [CASE WHEN as_flag(stored.value) THEN 'yes' ELSE 'no' END], NULL::VARCHAR[]
        )
        WHEN 'money' THEN prepared.attribute_fragment(
            stored.attribute_code, [coalesce(printf('%.2f', TRY_CAST(stored.value AS DOUBLE)), stored.value)],
            NULL::VARCHAR[]
        )
        ELSE prepared.attribute_fragment(stored.attribute_code, [stored.value], NULL::VARCHAR[])
    END
) AS fragments
FROM prepared.items AS items
JOIN stored USING (product_id, scope)
LEFT JOIN option_fragments USING (store_view_id, attribute_code, value)
GROUP BY items.product_id, items.store_view_id;
