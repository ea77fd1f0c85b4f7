-- One page of products in the order of the table. Parameters: $limit, $offset and those that the conditions name.
-- Placeholders: <table>; <conditions>; <order>: from the allow-list, ending in the row's place so that pages are stable.
SELECT
    product_id AS id, name, type, last_exported_at AS last_exported, last_modified_at AS last_modified, sku, price,
    visibility, store_view_code AS store_view, state, currency, website_code AS website, status, image, feed_id
FROM search.{table} AS listing
WHERE {conditions}
ORDER BY {order}
LIMIT $limit OFFSET $offset
