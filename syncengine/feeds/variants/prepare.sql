-- Purpose: the attributes each configurable product varies by, and the labels of every option over all store views.
-- Makes: prepared.variants_attributes (parent_id, attribute_code, attribute_id), prepared.variants_labels
--   (attribute_code, value, labels: each different label once, in order of the store views that use it first).

CREATE OR REPLACE TABLE prepared.variants_attributes AS
SELECT DISTINCT links.parent_id, attributes.attribute_code, attributes.attribute_id
FROM (
    SELECT product_id AS parent_id, TRY_CAST(unnest(configurable_options).attribute_id AS BIGINT) AS attribute_id
    FROM prepared.product_rows
    WHERE type_id = 'configurable'
) AS links
JOIN (SELECT DISTINCT attribute_id, attribute_code FROM prepared.attributes) AS attributes USING (attribute_id);

CREATE OR REPLACE TABLE prepared.variants_labels AS
SELECT attribute_code, value, list(label ORDER BY first_view, label) AS labels
FROM (
    SELECT attribute_code, value, label, min(store_view_id) AS first_view
    FROM prepared.attribute_options
    JOIN prepared.store_views USING (store_view_code)
    WHERE attribute_code IN (SELECT attribute_code FROM prepared.variants_attributes)
    GROUP BY ALL
)
GROUP BY ALL;
