-- Purpose: one row per link of a configurable product to a child, with the child's values of the parent's attributes.
WITH links AS (
    SELECT child_id, child_sku, parent_id, parent_sku
    FROM prepared.product_parents
    WHERE parent_type = 'configurable'
        AND child_id BETWEEN getvariable('range_from') AND getvariable('range_to')
),
-- one record per child: these values are global, so any scope's will do
child_records AS (
    SELECT product_id, any_value(codes) AS codes, any_value(vals) AS vals
    FROM prepared.products
    WHERE product_id IN (SELECT child_id FROM links)
    GROUP BY product_id
),
child_values AS (
    SELECT
        links.child_id, links.parent_id, varies_by.attribute_code, varies_by.attribute_id,
        vals[list_position(codes, varies_by.attribute_code)] AS value
    FROM links
    JOIN child_records ON child_records.product_id = links.child_id
    JOIN prepared.variants_attributes AS varies_by USING (parent_id)
),
option_values AS (
    SELECT
        child_id, parent_id,
        list({
            'attributeCode': attribute_code,
            'uid': option_uid('configurable', attribute_id, value),
            'label': label,
            'valueIndex': value
        } ORDER BY attribute_code, place) AS option_values
    FROM (
        SELECT
            child_values.*, unnest(coalesce(labels, [value])) AS label,
            unnest(range(len(coalesce(labels, [value])))) AS place
        FROM child_values
        LEFT JOIN prepared.variants_labels USING (attribute_code, value)
        WHERE value IS NOT NULL
    )
    GROUP BY ALL
)
SELECT
    md5('configurable/' || parent_sku || '/' || child_sku) AS "id",
    option_values AS "optionValues",
    parent_id::VARCHAR AS "parentId",
    child_id::VARCHAR AS "productId",
    parent_sku AS "parentSku",
    child_sku AS "productSku",
    child_id::VARCHAR AS source_entity_id,
    greatest(child.modified_at, parent.modified_at) AS modified_at,
    NULL::VARCHAR AS problem_code,
    NULL::VARCHAR AS problem_message
FROM links
JOIN prepared.product_keys AS child ON child.product_id = links.child_id
JOIN prepared.product_keys AS parent ON parent.product_id = links.parent_id
LEFT JOIN option_values USING (child_id, parent_id)
UNION ALL
-- the links of a configurable that was set aside: what the catalog said of them stays
SELECT
    NULL, NULL, rejected.product_id::VARCHAR, child_id::VARCHAR, rejected.sku, NULL, child_id::VARCHAR, NULL,
    'parent_set_aside', 'The configurable product ' || rejected.product_id || ' was set aside: ' || rejected.message
FROM (
    SELECT DISTINCT product_id, unnest(child_ids) AS child_id
    FROM prepared.product_rows
    WHERE product_id IN (SELECT product_id FROM prepared.rejected_products)
)
JOIN (
    SELECT product_id, any_value(sku) AS sku, any_value(message) AS message
    FROM prepared.rejected_products
    GROUP BY product_id
) AS rejected USING (product_id)
WHERE child_id BETWEEN getvariable('range_from') AND getvariable('range_to')
