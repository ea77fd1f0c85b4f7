-- Purpose: every product record as one typed row; each record's JSON is read once, here.
-- Parameters: $structure, the permissive form of a record (text wherever a store may write something odd).
-- Columns: scope · product_id … · codes, vals (custom attributes as two parallel lists)
SELECT
    scope,
    TRY_CAST(r.id AS BIGINT) AS product_id,
    no_nul(r.sku) AS sku,
    no_nul(r.name) AS name,
    TRY_CAST(r.attribute_set_id AS BIGINT) AS attribute_set_id,
    r.price AS price_text,
    TRY_CAST(r.price AS DOUBLE) AS price,
    TRY_CAST(r.status AS INTEGER) AS status,
    TRY_CAST(r.visibility AS INTEGER) AS visibility,
    r.type_id AS type_id,
    r.created_at AS created_at,
    r.updated_at AS updated_at,
    TRY_CAST(r.updated_at AS TIMESTAMP) AS modified_at,
    TRY_CAST(r.weight AS DOUBLE) AS weight,
    list_transform(r.extension_attributes.website_ids, lambda x: TRY_CAST(x AS BIGINT)) AS website_ids,
    r.extension_attributes.category_links AS category_links,
    list_transform(r.extension_attributes.configurable_product_links, lambda x: TRY_CAST(x AS BIGINT)) AS child_ids,
    r.extension_attributes.configurable_product_options AS configurable_options,
    r.extension_attributes.bundle_product_options AS bundle_options,
    r.extension_attributes.downloadable_product_links AS download_links,
    r.extension_attributes.downloadable_product_samples AS download_samples,
    r.extension_attributes.stock_item AS stock_item,
    r.product_links AS product_links,
    r.options AS custom_options,
    r.media_gallery_entries AS media,
    r.tier_prices AS tier_prices,
    list_transform(r.custom_attributes, lambda x: x.attribute_code) AS codes,
    list_transform(r.custom_attributes, lambda x: x.value) AS vals
FROM (SELECT scope, from_json(record, $structure) AS r FROM records.products)
