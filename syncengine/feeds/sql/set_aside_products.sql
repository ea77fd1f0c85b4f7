-- Purpose: the products that cannot be compiled are set aside for one feed, so that what the catalog said of them stays.
-- Parameters: $feed
INSERT INTO set_aside
SELECT DISTINCT ON (product_id, sku)
    $feed, product_id::VARCHAR, to_json([sku])::VARCHAR, nullif(scope, ''), code, message
FROM prepared.rejected_products
ORDER BY scope
