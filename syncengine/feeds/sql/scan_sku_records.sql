-- Purpose: the same of the entities whose records belong to one SKU each.
-- Parameters: $entity; its pages are in appeared_records (scope, record, filename).
SELECT
    $entity AS entity, scope, page, NULL::BIGINT AS product_id, sku_key(record ->> 'sku') AS sku_key,
    md5_number_lower(record::VARCHAR) AS digest, NULL::BIGINT[] AS child_ids, NULL::VARCHAR[] AS target_keys
FROM appeared_records
JOIN page_numbers USING (filename)
