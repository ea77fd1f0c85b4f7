-- Purpose: one row per product and store view of its websites.
-- Reads: the views and tables made by the other files of this folder.
WITH typed AS (
    SELECT
        items.* EXCLUDE (price),
        items.price AS own_price,
        views.store_code, views.base_currency AS currency, views.weight_unit, views.base_link_url,
        views.base_media_url || 'catalog/product' AS image_base,
        products.* EXCLUDE (product_id, scope, sku, type_id, status, visibility, price),
        CASE WHEN items.type_id = 'bundle' AND attribute(codes, vals, 'price_type') = '1'
            THEN 'bundle_fixed' ELSE items.type_id END AS type,
        composites.lowest_price, composites.has_salable_child,
        items.status = 1 AND CASE items.type_id
            WHEN 'configurable' THEN coalesce(composites.has_enabled_child, false)
            WHEN 'bundle' THEN NOT coalesce(composites.lacks_required_child, false)
            ELSE true
        END AS is_enabled,
        TRY_CAST(products.stock_item.qty AS DOUBLE) AS item_qty,
        TRY_CAST(products.stock_item.notify_stock_qty AS DOUBLE) AS notify_qty
    FROM prepared.products AS products
    JOIN prepared.items AS items USING (product_id, scope)
    JOIN prepared.store_views AS views USING (store_view_id)
    LEFT JOIN prepared.products_composites AS composites USING (product_id, store_view_id)
),
known AS (
    SELECT
        *,
        coalesce(
            is_salable,
            CASE WHEN type_id IN ('bundle', 'grouped', 'configurable') THEN has_salable_child END,
            in_stock,
            as_flag(stock_item.is_in_stock)
        ) AS is_in_stock,
        list_sort(list_transform(media, lambda x: {
            'place': coalesce(TRY_CAST(x.position AS BIGINT), 0),
            'file': x.file,
            'label': coalesce(x.label, ''),
            'types': list_sort(x.types),
            'is_video': coalesce(x.media_type, '') = 'external-video',
            'is_disabled': coalesce(as_flag(x.disabled), false),
            'video': x.extension_attributes.video_content
        })) AS gallery
    FROM typed
)
SELECT
    sku AS "sku",
    store_view_code AS "storeViewCode",
    store_code AS "storeCode",
    known.website_code AS "websiteCode",
    name AS "name",
    product_id AS "productId",
    type AS "type",
    type_id AS "productType",
    CASE attribute(codes, vals, 'price_view') WHEN '0' THEN 'price_range' WHEN '1' THEN 'as_low_as' END AS "priceView",
    attribute(codes, vals, 'short_description') AS "shortDescription",
    attribute(codes, vals, 'description') AS "description",
    product_image(image_base, attribute(codes, vals, 'image'), attribute(codes, vals, 'image_label')) AS "image",
    product_image(image_base, attribute(codes, vals, 'small_image'), attribute(codes, vals, 'small_image_label'))
        AS "smallImage",
    product_image(image_base, attribute(codes, vals, 'swatch_image'), NULL) AS "swatchImage",
    product_image(image_base, attribute(codes, vals, 'thumbnail'), attribute(codes, vals, 'thumbnail_label'))
        AS "thumbnail",
    CASE WHEN type_id = 'downloadable' THEN len(download_links) > 0 END AS "linksExist",
    CASE WHEN type_id = 'downloadable' THEN as_flag(attribute(codes, vals, 'links_purchased_separately')) END
        AS "linksPurchasedSeparately",
    attribute(codes, vals, 'meta_description') AS "metaDescription",
    attribute(codes, vals, 'meta_keyword') AS "metaKeyword",
    attribute(codes, vals, 'meta_title') AS "metaTitle",
    attribute(codes, vals, 'samples_title') AS "samplesTitle",
    CASE WHEN is_enabled THEN 'Enabled' ELSE 'Disabled' END AS "status",
    coalesce(tax_class.label, nullif(attribute(codes, vals, 'tax_class_id'), '0'), 'no') AS "taxClassId",
    created_at AS "createdAt",
    updated_at AS "updatedAt",
    attribute(codes, vals, 'url_key') AS "urlKey",
    visibility_word(visibility) AS "visibility",
    own_weight AS "weight",
    CASE WHEN own_weight IS NOT NULL THEN weight_unit END AS "weightUnit",
    CASE WHEN type_id = 'bundle' THEN attribute(codes, vals, 'weight_type') END AS "weightType",
    currency AS "currency",
    is_enabled AND coalesce(visibility <> 1, false) AS "displayable",
    is_enabled AND coalesce(is_in_stock, true) AS "buyable",
    list_sort(list_filter(
        list_concat(coalesce(attributes.fragments, []), [downloads.fragment, sets.fragment]), lambda x: x IS NOT NULL
    )).json_list() AS "attributes",
    list_transform(category_data, lambda x: x.categoryPath) AS "categories",
    list_transform(category_data, lambda x: x.categoryId) AS "categoryIds",
    category_data AS "categoryData",
    {
        'qty': trunc(coalesce(index_qty, source_qty, item_qty))::BIGINT,
        'configuration': {
            'status': is_in_stock,
            'manageStock': as_flag(stock_item.manage_stock),
            'threshold': canonical_number(notify_qty),
            'productAvailable': is_enabled AND coalesce(is_in_stock, true)
        }
    } AS "inventory",
    none_if_empty(list_transform(gallery, lambda x: {
        'url': image_base || x.file, 'label': x.label, 'types': none_if_empty(x.types), 'sort_order': x.place,
        'video_attributes': CASE WHEN x.is_video THEN video_content(x.video) END
    })) AS "media_gallery",
    options AS "optionsV2",
    inputs AS "shopperInputOptions",
    downloads.samples AS "samples",
    none_if_empty(list_transform(list_filter(gallery, lambda x: NOT x.is_video), lambda x: {
        'resource': media_resource(image_base, x.file, x.label, x.types, x.is_disabled), 'sortOrder': x.place::VARCHAR
    })) AS "images",
    none_if_empty(list_transform(list_filter(gallery, lambda x: x.is_video), lambda x: {
        'preview': media_resource(image_base, x.file, x.label, x.types, x.is_disabled),
        'video': video_content(x.video), 'sortOrder': x.place::VARCHAR
    })) AS "videos",
    links.links AS "links",
    is_in_stock AS "inStock",
    coalesce(item_qty <= notify_qty AND as_flag(stock_item.manage_stock), false)
        AS "lowStock",
    product_url(base_link_url, product_id, attribute(codes, vals, 'url_key'), visibility) AS "url",
    CASE WHEN visibility <> 1 AND attribute(codes, vals, 'url_key') IS NOT NULL THEN [{
        'url': product_url(base_link_url, product_id, attribute(codes, vals, 'url_key'), visibility),
        'parameters': [{'name': 'id', 'value': product_id::VARCHAR}]
    }] END AS "urlRewrites",
    children.variants AS "variants",
    parents.parents AS "parents",
    product_id::VARCHAR AS source_entity_id,
    modified_at,
    product_id,
    TRY_CAST(round(CASE
        WHEN type_id IN ('configurable', 'grouped') OR type = 'bundle' THEN lowest_price
        ELSE own_price
    END, 4) AS DECIMAL(12, 4)) AS price,
    known.website_code,
    product_image(image_base, attribute(codes, vals, 'image'), NULL).url AS listing_image
FROM (
    SELECT *, CASE WHEN type_id = 'bundle' AND attribute(codes, vals, 'weight_type') = '0' THEN NULL ELSE weight END
        AS own_weight
    FROM known
) AS known
LEFT JOIN prepared.products_attributes AS attributes USING (product_id, store_view_id)
LEFT JOIN prepared.products_categories AS categories USING (product_id, store_view_id)
LEFT JOIN prepared.products_links AS links USING (product_id, scope, website_id)
LEFT JOIN prepared.products_options AS options USING (product_id, store_view_id)
LEFT JOIN prepared.products_inputs AS inputs USING (product_id, store_view_id)
LEFT JOIN prepared.products_downloads AS downloads USING (product_id, store_view_id)
LEFT JOIN prepared.products_attribute_sets AS sets USING (attribute_set_id)
LEFT JOIN prepared.products_tax_classes AS tax_class
    ON tax_class.store_view_id = known.store_view_id AND tax_class.value = attribute(codes, vals, 'tax_class_id')
LEFT JOIN prepared.products_parents AS parents USING (product_id)
LEFT JOIN prepared.products_children AS children USING (product_id)
