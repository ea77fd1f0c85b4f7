-- Purpose: the narrow tables that whole-catalog questions are asked of, and the records that cannot be compiled.
-- Reads: prepared.product_rows (the parsed records), store_views, view_scopes, stock_index, stock_sources.
-- Makes: prepared.rejected_products, prepared.product_keys (one row per product), prepared.item_keys (one row per
--   product and store view of its websites, with the scope whose record gives the values, and what its website's stock
--   says), prepared.product_parents.

CREATE OR REPLACE TABLE prepared.product_records AS
SELECT
    product_id, scope, sku, sku_key(sku) AS sku_key, type_id, status, visibility, price, website_ids, modified_at,
    attribute_set_id,
    CASE
        WHEN product_id IS NULL THEN 'missing_id'
        WHEN sku IS NULL OR trim(sku) = '' THEN 'missing_sku'
        WHEN type_id IS NULL THEN 'missing_type'
        WHEN status IS NULL THEN 'missing_status'
        WHEN price_text IS NOT NULL AND (price IS NULL OR isnan(price) OR isinf(price)) THEN 'malformed_price'
    END AS code,
    price_text,
    scope IN ('', 'all') AS is_general
FROM prepared.product_rows;

-- two products with the same SKU: the older one (lower id) is the product, the other is set aside
CREATE OR REPLACE TABLE prepared.rejected_products AS
WITH first_holders AS (
    SELECT sku, min(product_id) AS product_id
    FROM prepared.product_records
    WHERE code IS NULL
    GROUP BY sku
    HAVING count(DISTINCT product_id) > 1
)
SELECT
    product_id, sku, scope, code,
    CASE code
        WHEN 'missing_id' THEN 'The product record has no id.'
        WHEN 'missing_sku' THEN 'The product record has no SKU.'
        WHEN 'missing_type' THEN 'The product record has no type.'
        WHEN 'missing_status' THEN 'The product record has no status, which every product must have.'
        WHEN 'malformed_price' THEN 'The price is not a number: ' || left(price_text, 40)
    END AS message
FROM prepared.product_records
WHERE code IS NOT NULL
UNION ALL
SELECT
    records.product_id, records.sku, records.scope, 'duplicate_identity',
    'Product ' || first_holders.product_id || ' has the same SKU.'
FROM prepared.product_records AS records
JOIN first_holders ON first_holders.sku = records.sku AND first_holders.product_id <> records.product_id
WHERE records.code IS NULL;

DELETE FROM prepared.product_records
WHERE product_id IS NULL OR product_id IN (SELECT product_id FROM prepared.rejected_products WHERE product_id IS NOT NULL);

CREATE OR REPLACE TABLE prepared.product_keys AS
SELECT
    product_id,
    arg_min(sku, preference) AS sku,
    arg_min(sku_key, preference) AS sku_key,
    arg_min(type_id, preference) AS type_id,
    arg_min(status, preference) AS status,
    arg_min(website_ids, preference) AS website_ids,
    max(modified_at) AS modified_at,
    list_sort(list(scope)) AS scopes
FROM (SELECT *, CASE scope WHEN 'all' THEN '0' WHEN '' THEN '1' ELSE '2' || scope END AS preference
      FROM prepared.product_records)
GROUP BY product_id;

-- which record speaks for a view (view_scopes) of those that a product has; there are few different lists of those
CREATE OR REPLACE TABLE prepared.item_keys AS
WITH record_scopes AS (
    SELECT scopes, unnest(scopes) AS scope FROM (SELECT DISTINCT scopes FROM prepared.product_keys)
),
speakers AS (
    SELECT
        record_scopes.scopes, views.store_view_id,
        arg_min(record_scopes.scope, (coalesce(view_scopes.place, 1000000), record_scopes.scope)) AS scope
    FROM record_scopes
    CROSS JOIN prepared.store_views AS views
    LEFT JOIN prepared.view_scopes USING (store_view_id, scope)
    GROUP BY ALL
),
chosen AS (
    SELECT
        product_keys.product_id, views.store_view_id, views.store_view_code, views.website_id, views.website_code,
        speakers.scope
    FROM prepared.product_keys
    JOIN prepared.store_views AS views ON list_contains(product_keys.website_ids, views.website_id)
    JOIN speakers ON speakers.scopes = product_keys.scopes AND speakers.store_view_id = views.store_view_id
)
SELECT
    chosen.*, records.sku, records.sku_key, records.type_id, records.status, records.visibility, records.price,
    stock_index.qty AS index_qty,
    -- the stock index of a website names all that can be sold there: what it does not name cannot be
    coalesce(stock_index.is_salable, CASE WHEN indexed.website_code IS NOT NULL THEN false END) AS is_salable,
    stock_sources.qty AS source_qty, stock_sources.in_stock
FROM chosen
JOIN prepared.product_records AS records USING (product_id, scope)
LEFT JOIN prepared.stock_index AS stock_index
    ON stock_index.sku_key = records.sku_key AND stock_index.website_code = chosen.website_code
LEFT JOIN (SELECT DISTINCT website_code FROM prepared.stock_index) AS indexed
    ON indexed.website_code = chosen.website_code
LEFT JOIN prepared.stock_sources AS stock_sources ON stock_sources.sku_key = records.sku_key;

DROP TABLE prepared.product_records;

-- links by child id (configurable) or by SKU (bundle, grouped)
CREATE OR REPLACE TABLE prepared.product_parents AS
WITH linked AS (
    SELECT product_id AS parent_id, unnest(child_ids) AS child_id, 'configurable' AS parent_type
    FROM prepared.product_rows
    WHERE type_id = 'configurable'
    UNION
    SELECT linked_skus.parent_id, child.product_id, linked_skus.parent_type
    FROM (
        SELECT parent_id, sku_key(unnest(links).sku) AS child_key, 'bundle' AS parent_type
        FROM (
            SELECT product_id AS parent_id, unnest(bundle_options).product_links AS links
            FROM prepared.product_rows
            WHERE type_id = 'bundle'
        )
        UNION
        SELECT product_id, sku_key(link.linked_product_sku), 'grouped'
        FROM (
            SELECT product_id, unnest(product_links) AS link FROM prepared.product_rows WHERE type_id = 'grouped'
        )
        WHERE link.link_type = 'associated'
    ) AS linked_skus
    JOIN prepared.product_keys AS child ON child.sku_key = linked_skus.child_key
)
SELECT
    child.product_id AS child_id, child.sku AS child_sku, parent.product_id AS parent_id, parent.sku AS parent_sku,
    linked.parent_type
FROM linked
JOIN prepared.product_keys AS parent ON parent.product_id = linked.parent_id
JOIN prepared.product_keys AS child ON child.product_id = linked.child_id;
