-- Purpose: adds to $products whoever has a SKU of theirs: of several with one SKU, only one is compiled.
INSERT INTO {products}
SELECT DISTINCT product_id
FROM known_products
SEMI JOIN (SELECT sku_key FROM known_products SEMI JOIN {products} USING (product_id)) AS named USING (sku_key)
WHERE product_id NOT IN (FROM {products})
