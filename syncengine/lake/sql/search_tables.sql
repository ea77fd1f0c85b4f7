-- The tables of the search copy: listing columns of products, their state, one lower-cased search text.
-- synced_products: what a destination has acknowledged; catalog_products: what the catalog says, synced or not.
CREATE TABLE IF NOT EXISTS search.synced_products (
    destination VARCHAR, feed_id UUID, sku VARCHAR, store_view_code VARCHAR, website_code VARCHAR, product_id BIGINT,
    name VARCHAR, type VARCHAR, status VARCHAR, visibility VARCHAR, price DECIMAL(12, 4), currency VARCHAR,
    image VARCHAR, last_exported_at TIMESTAMP, last_modified_at TIMESTAMP, state VARCHAR, search_text VARCHAR
);
CREATE TABLE IF NOT EXISTS search.catalog_products (
    destination VARCHAR, feed_id UUID, sku VARCHAR, store_view_code VARCHAR, website_code VARCHAR, product_id BIGINT,
    name VARCHAR, type VARCHAR, status VARCHAR, visibility VARCHAR, price DECIMAL(12, 4), currency VARCHAR,
    image VARCHAR, last_exported_at TIMESTAMP, last_modified_at TIMESTAMP, state VARCHAR, search_text VARCHAR
);
CREATE OR REPLACE TEMP MACRO product_state(in_catalog, catalog_hash, is_held, held_hash, delivery_state, delivery_hash) AS
    CASE
        WHEN in_catalog AND is_held AND held_hash = catalog_hash THEN 'in_sync'
        WHEN NOT in_catalog AND NOT is_held THEN 'removed'
        WHEN delivery_state IS NOT NULL AND delivery_hash IS NOT DISTINCT FROM catalog_hash THEN delivery_state
        WHEN in_catalog AND NOT is_held THEN 'not_exported'
        ELSE 'waiting'
    END;
CREATE OR REPLACE TEMP MACRO product_search_text(sku, name, product_id) AS
    lower(concat_ws(chr(10), sku, name, product_id));
