-- The rows of a page, wide, by their places in a search table. Parameters: $places. Placeholders: <table>.
SELECT
    rowid AS place,
    product_id AS id, name, type, last_exported_at AS last_exported, last_modified_at AS last_modified, sku, price,
    visibility, store_view_code AS store_view, state, currency, website_code AS website, status, image, feed_id
FROM search.{table}
WHERE rowid IN (SELECT unnest($places))
