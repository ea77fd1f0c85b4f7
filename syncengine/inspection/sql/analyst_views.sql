-- The views of `catalog-sync sql`: temporary, made anew for each question, over the published lake (docs/sql.md).
-- Placeholders: <items>, <told>, <attempts>: the feeds' tables of a kind, as one.
CREATE TEMP VIEW products AS
SELECT
    catalog.sku, catalog.store_view_code, catalog.website_code, catalog.product_id, catalog.name, catalog.type,
    catalog.status, catalog.visibility, catalog.price, catalog.currency, catalog.modified_at, catalog.payload::JSON AS payload
FROM lake.catalog.products AS catalog;
CREATE TEMP VIEW product_states AS
SELECT
    destination, sku, store_view_code, website_code, product_id, name, type, status, visibility, price, currency, state,
    last_exported_at, last_modified_at
FROM search.catalog_products;
CREATE TEMP VIEW synced_products AS
SELECT
    destination, sku, store_view_code, website_code, product_id, name, type, status, visibility, price, currency, state,
    last_exported_at, last_modified_at
FROM search.synced_products;
CREATE TEMP VIEW prices AS
SELECT
    sku, website_code, customer_group_code, (payload ->> '$.regular')::DECIMAL(18, 4) AS regular, modified_at,
    payload::JSON AS payload
FROM lake.catalog.prices;
CREATE TEMP VIEW attribute_values AS
SELECT
    sku, store_view_code, attribute ->> '$.attributeCode' AS attribute_code,
    list_aggregate(from_json(attribute -> '$.value', '["VARCHAR"]'), 'string_agg', ', ') AS value
FROM (
    SELECT sku, store_view_code, unnest(from_json(payload -> '$.attributes', '["JSON"]')) AS attribute
    FROM lake.catalog.products
);
CREATE TEMP VIEW product_categories AS
SELECT sku, store_view_code, unnest(from_json(payload -> '$.categories', '["VARCHAR"]')) AS category
FROM lake.catalog.products;
CREATE TEMP VIEW items AS {items};
CREATE TEMP VIEW exported_items AS {told};
CREATE TEMP VIEW not_accepted AS {stuck};
CREATE TEMP VIEW attempts AS {attempts};
CREATE TEMP VIEW set_aside AS
SELECT feed, source_entity_id, identity_text AS identity, scope, code, message FROM lake.catalog.set_aside;
CREATE TEMP VIEW snapshots AS
SELECT
    snapshot_id, make_timestamp(epoch_us(snapshot_time)) AS taken_at, commit_message ->> '$.run_id' AS run_id,
    commit_message ->> '$.step' AS step
FROM ducklake_snapshots('lake')
