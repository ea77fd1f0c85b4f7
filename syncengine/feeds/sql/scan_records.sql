-- Purpose: what an index remembers of each record of the pages that appeared.
-- Reads: appeared_records (scope, record, filename), page_numbers (filename, page).
-- Columns: entity, scope, page, product_id, sku_key, digest, child_ids, target_keys (the products it speaks of).
SELECT
    'products' AS entity, scope, page, product_id, sku_key, digest, child_ids,
    list_distinct(list_concat(
        list_transform(flatten(list_transform(options, lambda option: option.product_links)), lambda link: sku_key(link.sku)),
        list_transform(links, lambda link: sku_key(link.linked_product_sku))
    )) AS target_keys
FROM (
    SELECT
        scope, page, TRY_CAST(fields.id AS BIGINT) AS product_id, sku_key(fields.sku) AS sku_key, digest,
        list_transform(
            fields.extension_attributes.configurable_product_links, lambda id: TRY_CAST(id AS BIGINT)
        ) AS child_ids,
        coalesce(fields.extension_attributes.bundle_product_options, []) AS options,
        coalesce(fields.product_links, []) AS links
    FROM (
        SELECT
            scope, page, md5_number_lower(record::VARCHAR) AS digest,
            from_json(record, '{
                "id": "VARCHAR", "sku": "VARCHAR",
                "extension_attributes": {
                    "configurable_product_links": ["VARCHAR"],
                    "bundle_product_options": [{"product_links": [{"sku": "VARCHAR"}]}]
                },
                "product_links": [{"linked_product_sku": "VARCHAR"}]
            }') AS fields
        FROM appeared_records
        JOIN page_numbers USING (filename)
    )
)
