-- Purpose: one row per product and store view of its websites.
SELECT
    items.sku AS "sku",
    items.store_view_code AS "storeViewCode",
    views.store_code AS "storeCode",
    items.website_code AS "websiteCode",
    products.name AS "name",
    items.product_id AS "productId",
    items.type_id AS "type",
    CASE items.status WHEN 1 THEN 'Enabled' ELSE 'Disabled' END AS "status",
    products.created_at AS "createdAt",
    products.updated_at AS "updatedAt",
    products.weight AS "weight",
    views.currency AS "currency",
    items.status = 1 AS "displayable",
    items.status = 1 AS "buyable",
    items.product_id::VARCHAR AS source_entity_id,
    products.modified_at AS modified_at,
    items.product_id,
    items.price,
    items.website_code
FROM prepared.items AS items
JOIN prepared.store_views AS views USING (store_view_id)
JOIN prepared.products AS products USING (product_id, scope)
