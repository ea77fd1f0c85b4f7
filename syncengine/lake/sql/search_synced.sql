-- Rows of synced_products: items acknowledged and not removed, with the state of today. {condition}: which feed_ids.
INSERT INTO search.synced_products
WITH held AS (
    SELECT destination, feed_id, feed_hash, sku, store_view_code, website_code, product_id, name, type, status,
           visibility, price, currency, image, exported_at, modified_at
    FROM lake.exported.products
    WHERE NOT is_deleted AND destination IN (SELECT destination FROM search_destinations) {condition}
),
catalog AS (
    SELECT feed_id, feed_hash FROM lake.catalog.products WHERE true {condition}
),
delivery AS (
    SELECT destination, feed_id, feed_hash, state FROM lake.delivery.products WHERE true {condition}
)
SELECT
    held.destination, held.feed_id, held.sku, held.store_view_code, held.website_code, held.product_id, held.name,
    held.type, held.status, held.visibility, held.price, held.currency, held.image, held.exported_at, held.modified_at,
    product_state(catalog.feed_id IS NOT NULL, catalog.feed_hash, true, held.feed_hash, delivery.state, delivery.feed_hash),
    product_search_text(held.sku, held.name, held.product_id)
FROM held
LEFT JOIN catalog ON catalog.feed_id = held.feed_id
LEFT JOIN delivery ON delivery.feed_id = held.feed_id AND delivery.destination = held.destination
