-- Rows of catalog_products: every catalog item per destination, with its state there. {condition}: which feed_ids.
INSERT INTO search.catalog_products
WITH catalog AS (
    SELECT feed_id, feed_hash, sku, store_view_code, website_code, product_id, name, type, status, visibility, price,
           currency, image, modified_at
    FROM lake.catalog.products WHERE true {condition}
),
held AS (
    SELECT destination, feed_id, feed_hash, is_deleted, exported_at FROM lake.exported.products WHERE true {condition}
),
delivery AS (
    SELECT destination, feed_id, feed_hash, state FROM lake.delivery.products WHERE true {condition}
)
SELECT
    wanted.destination, catalog.feed_id, catalog.sku, catalog.store_view_code, catalog.website_code, catalog.product_id,
    catalog.name, catalog.type, catalog.status, catalog.visibility, catalog.price, catalog.currency, catalog.image,
    CASE WHEN held.is_deleted THEN NULL ELSE held.exported_at END, catalog.modified_at,
    product_state(true, catalog.feed_hash, coalesce(NOT held.is_deleted, false), held.feed_hash, delivery.state, delivery.feed_hash),
    product_search_text(catalog.sku, catalog.name, catalog.product_id)
FROM catalog
CROSS JOIN search_destinations AS wanted
LEFT JOIN held ON held.feed_id = catalog.feed_id AND held.destination = wanted.destination
LEFT JOIN delivery ON delivery.feed_id = catalog.feed_id AND delivery.destination = wanted.destination
