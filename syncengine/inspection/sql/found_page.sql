-- The rows of a page of a filtered search, wide. Parameters: $needle, $limit, $offset and those of <condition>, <narrowed>.
-- Placeholders: <source>: the rows to look through; <condition>, <narrowed>, <order>.
SELECT
    product_id AS id, name, type, last_exported_at AS last_exported, last_modified_at AS last_modified, sku, price,
    visibility, store_view_code AS store_view, state, currency, website_code AS website, status, image, feed_id
FROM {source} AS listed
WHERE {condition}{narrowed}
ORDER BY
    CASE WHEN $needle = '' THEN 0 WHEN lower(sku) = lower($needle) OR product_id::VARCHAR = $needle THEN 0
         WHEN starts_with(lower(sku), lower($needle)) THEN 1 ELSE 2 END,
    {order}, sku, store_view_code
LIMIT $limit OFFSET $offset
