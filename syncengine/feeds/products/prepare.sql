-- Purpose: macros and small tables of the products feed.
-- Makes: prepared.products_attribute_sets, products_tax_classes (tables), products_parents, products_children (views).

CREATE OR REPLACE TEMP MACRO product_image(base, file, label) AS
    CASE WHEN file <> 'no_selection' THEN {'url': base || file, 'label': label::VARCHAR} END;

CREATE OR REPLACE TEMP MACRO media_resource(base, file, label, types, is_disabled) AS {
    'url': base || file, 'label': label,
    'roles': none_if_empty(list_concat(coalesce(types, []), CASE WHEN is_disabled THEN ['hide_from_pdp'] ELSE [] END))
};

CREATE OR REPLACE TEMP MACRO video_content(video) AS {
    'mediaType': video.media_type, 'videoProvider': nullif(video.video_provider, ''), 'videoUrl': video.video_url,
    'videoTitle': video.video_title, 'videoDescription': nullif(video.video_description, ''),
    'videoMetadata': nullif(video.video_metadata, '')
};

CREATE OR REPLACE TEMP MACRO visibility_word(visibility) AS
    CASE visibility
        WHEN 1 THEN 'Not Visible Individually' WHEN 2 THEN 'Catalog' WHEN 3 THEN 'Search' WHEN 4 THEN 'Catalog, Search'
    END;

-- the suffix `.html` is the store's default; no REST answer shows another
CREATE OR REPLACE TEMP MACRO product_url(base, product_id, url_key, visibility) AS
    base || CASE
        WHEN visibility = 1 OR url_key IS NULL
        THEN 'catalog/product/view/id/' || product_id || '/' || coalesce('s/' || url_key || '/', '')
        ELSE url_key || '.html'
    END;

CREATE OR REPLACE TEMP MACRO json_list(fragments) AS
    CASE WHEN len(fragments) > 0 THEN ('[' || array_to_string(fragments, ',') || ']')::JSON END;

CREATE OR REPLACE TABLE prepared.products_attribute_sets AS
SELECT
    TRY_CAST(record ->> 'attribute_set_id' AS BIGINT) AS attribute_set_id,
    any_value(prepared.attribute_fragment(
        'ac_attribute_set', [to_json({'name': record ->> 'attribute_set_name'})::VARCHAR], NULL::VARCHAR[]
    )) AS fragment
FROM records.attribute_sets
GROUP BY ALL;

CREATE OR REPLACE TABLE prepared.products_tax_classes AS
SELECT views.store_view_id, options.value, options.label
FROM prepared.attribute_options AS options
JOIN prepared.store_views AS views USING (store_view_code)
WHERE options.attribute_code = 'tax_class_id' AND options.value <> '0';

CREATE OR REPLACE VIEW prepared.products_parents AS
SELECT child_id AS product_id, list_sort(list({'sku': parent_sku, 'productType': parent_type})) AS parents
FROM prepared.product_parents
WHERE child_id BETWEEN getvariable('range_from') AND getvariable('range_to')
GROUP BY ALL;

CREATE OR REPLACE VIEW prepared.products_children AS
SELECT parent_id AS product_id, list_sort(list({'sku': child_sku})) AS variants
FROM prepared.product_parents
WHERE parent_type = 'configurable' AND parent_id BETWEEN getvariable('range_from') AND getvariable('range_to')
GROUP BY ALL;
