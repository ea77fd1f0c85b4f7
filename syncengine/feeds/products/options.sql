-- Purpose: what a shopper chooses (optionsV2) and types in (shopperInputOptions).
-- Makes, as views of the range: prepared.products_options, prepared.products_inputs (product_id, store_view_id, …).

CREATE OR REPLACE MACRO prepared.option_value(
    id, label, place, is_default := NULL, changeable := NULL, qty := NULL, info_url := NULL, sku := NULL,
    price := NULL, price_type := NULL
) AS {
    'id': id, 'label': label, 'sortOrder': place::BIGINT, 'isDefault': is_default::BOOLEAN,
    'colorHex': NULL::VARCHAR, 'imageUrl': NULL::VARCHAR, 'customSwatchValue': NULL::VARCHAR,
    'qtyMutability': changeable::BOOLEAN, 'qty': canonical_number(qty), 'infoUrl': info_url::VARCHAR,
    'sku': sku::VARCHAR, 'price': canonical_number(price), 'priceType': price_type::VARCHAR
};

CREATE OR REPLACE MACRO prepared.product_option(kind, id, label, place, is_required, render_type, option_values) AS {
    'id': id, 'label': label::VARCHAR, 'sortOrder': place::BIGINT, 'required': is_required::BOOLEAN,
    'renderType': render_type::VARCHAR, 'type': kind, 'swatchType': NULL::VARCHAR, 'values': option_values
};

CREATE OR REPLACE VIEW prepared.products_configurable_options AS
WITH chosen AS (
    SELECT items.product_id, items.store_view_id, items.store_view_code, unnest(products.configurable_options) AS option
    FROM prepared.items AS items
    JOIN prepared.products AS products USING (product_id, scope)
    WHERE products.type_id = 'configurable'
),
chosen_values AS (
    SELECT
        chosen.product_id, chosen.store_view_id, TRY_CAST(option.position AS BIGINT) AS place,
        option.label AS label, attributes.attribute_code, attributes.attribute_id,
        unnest(list_distinct(list_transform(option.values, lambda x: x.value_index))) AS value
    FROM chosen
    JOIN prepared.attributes AS attributes
        ON attributes.store_view_id = chosen.store_view_id AND attributes.attribute_id = TRY_CAST(option.attribute_id AS BIGINT)
)
SELECT
    product_id, store_view_id,
    prepared.product_option(
        'configurable', attribute_code, any_value(chosen_values.label), any_value(place), NULL, NULL,
        in_place(list({'place': coalesce(options.position, 999999), 'tie': value, 'entry': prepared.option_value(
            option_uid('configurable', attribute_id, value), coalesce(options.label, value), options.position
        )}))
    ) AS option
FROM chosen_values
JOIN prepared.store_views AS views USING (store_view_id)
LEFT JOIN (SELECT store_view_code, attribute_code, value, label, position FROM prepared.attribute_options) AS options
    USING (store_view_code, attribute_code, value)
GROUP BY product_id, store_view_id, attribute_code, attribute_id;

CREATE OR REPLACE VIEW prepared.products_bundle_options AS
WITH chosen AS (
    SELECT
        items.product_id, items.store_view_id, items.scope,
        coalesce(products.vals[list_position(products.codes, 'price_type')], '0') = '1' AS has_fixed_price,
        unnest(products.bundle_options) AS option
    FROM prepared.items AS items
    JOIN prepared.products AS products USING (product_id, scope)
    WHERE products.type_id = 'bundle'
),
selections AS (
    SELECT * EXCLUDE (option), option.option_id AS option_id, option.title AS title, option.required AS required,
        option.type AS render_type, TRY_CAST(option.position AS BIGINT) AS place, unnest(option.product_links) AS selection
    FROM chosen
)
SELECT
    selections.product_id, store_view_id,
    prepared.product_option(
        'bundle', option_id, any_value(title), any_value(place), as_flag(any_value(required)), any_value(render_type),
        in_place(list({
        'place': TRY_CAST(selection.position AS BIGINT), 'tie': selection.id, 'entry': prepared.option_value(
            base64(('bundle/' || option_id || '/' || selection.id || '/' || number_text(selection.qty))::BLOB),
            coalesce(names.name, names_elsewhere.name), TRY_CAST(selection.position AS BIGINT),
            is_default := as_flag(selection.is_default), changeable := as_flag(selection.can_change_quantity),
            qty := TRY_CAST(selection.qty AS DOUBLE), sku := selection.sku,
            -- REST shows the child's own price where the bundle's price is dynamic; the selection itself has none
            price := CASE WHEN has_fixed_price THEN TRY_CAST(selection.price AS DOUBLE) ELSE 0 END,
            price_type := CASE selection.price_type WHEN '1' THEN 'percent' ELSE 'fixed' END
        )}))
    ) AS option
FROM selections
LEFT JOIN prepared.products_child_names AS names
    ON names.child_key = sku_key(selection.sku) AND names.scope = selections.scope
LEFT JOIN (SELECT child_key, any_value(name) AS name FROM prepared.products_child_names GROUP BY ALL) AS names_elsewhere
    ON names_elsewhere.child_key = sku_key(selection.sku)
GROUP BY selections.product_id, store_view_id, option_id;

CREATE OR REPLACE VIEW prepared.products_grouped_options AS
WITH chosen AS (
    SELECT items.product_id, items.store_view_id, unnest(products.product_links) AS link
    FROM prepared.items AS items
    JOIN prepared.products AS products USING (product_id, scope)
    WHERE products.type_id = 'grouped'
)
SELECT
    chosen.product_id, store_view_id,
    prepared.product_option(
        'grouped', chosen.product_id::VARCHAR, NULL, NULL, NULL, NULL,
        in_place(list({
        'place': TRY_CAST(link.position AS BIGINT), 'tie': child.product_id, 'entry': prepared.option_value(
            child.product_id::VARCHAR, NULL::VARCHAR, TRY_CAST(link.position AS BIGINT), changeable := true,
            qty := TRY_CAST(link.extension_attributes.qty AS DOUBLE), sku := child.sku
        )}))
    ) AS option
FROM chosen
JOIN prepared.product_keys AS child ON child.sku_key = sku_key(link.linked_product_sku)
WHERE link.link_type = 'associated'
GROUP BY chosen.product_id, store_view_id;

CREATE OR REPLACE VIEW prepared.products_download_options AS
WITH chosen AS (
    SELECT
        items.product_id, items.store_view_id, views.base_link_url,
        products.vals[list_position(products.codes, 'links_title')] AS title,
        unnest(products.download_links) AS link
    FROM prepared.items AS items
    JOIN prepared.store_views AS views USING (store_view_id)
    JOIN prepared.products AS products USING (product_id, scope)
    WHERE products.type_id = 'downloadable'
)
SELECT
    product_id, store_view_id,
    prepared.product_option(
        'downloadable', 'link:' || product_id, any_value(title), NULL, NULL, NULL,
        in_place(list({
        'place': TRY_CAST(link.sort_order AS BIGINT), 'tie': TRY_CAST(link.id AS BIGINT), 'entry': prepared.option_value(
            base64(('downloadable/' || link.id)::BLOB), link.title, TRY_CAST(link.sort_order AS BIGINT),
            qty := coalesce(TRY_CAST(link.number_of_downloads AS DOUBLE), 0),
            info_url := CASE WHEN link.sample_type = 'url'
                THEN base_link_url || 'downloadable/download/linkSample/link_id/' || link.id END,
            price := TRY_CAST(link.price AS DOUBLE)
        )}))
    ) AS option
FROM chosen
GROUP BY product_id, store_view_id;

CREATE OR REPLACE VIEW prepared.products_custom_options AS
SELECT items.product_id, items.store_view_id, unnest(products.custom_options) AS option
FROM prepared.items AS items
JOIN prepared.products AS products USING (product_id, scope)
WHERE len(products.custom_options) > 0;

CREATE OR REPLACE VIEW prepared.products_selectable_options AS
SELECT
    product_id, store_view_id,
    prepared.product_option(
        'custom_option', option.option_id, option.title, TRY_CAST(option.sort_order AS BIGINT),
        as_flag(option.is_require), option.type,
        in_place(list_transform(option.values, lambda x: {
            'place': TRY_CAST(x.sort_order AS BIGINT), 'tie': TRY_CAST(x.option_type_id AS BIGINT),
            'entry': prepared.option_value(
                option_uid('custom-option', option.option_id, x.option_type_id), x.title,
                TRY_CAST(x.sort_order AS BIGINT), is_default := false, sku := nullif(x.sku, ''), price := TRY_CAST(x.price AS DOUBLE),
                price_type := x.price_type
            )
        }))
    ) AS option
FROM prepared.products_custom_options
WHERE option.type IN ('drop_down', 'radio', 'checkbox', 'multiple');

CREATE OR REPLACE VIEW prepared.products_options AS
SELECT product_id, store_view_id, in_place(list(
    {'place': coalesce(option.sortOrder, 999999), 'tie': option.type || '/' || option.id, 'entry': option}
)) AS options
FROM (
    FROM prepared.products_configurable_options
    UNION ALL FROM prepared.products_bundle_options
    UNION ALL FROM prepared.products_grouped_options
    UNION ALL FROM prepared.products_download_options
    UNION ALL FROM prepared.products_selectable_options
)
GROUP BY ALL;

CREATE OR REPLACE VIEW prepared.products_inputs AS
SELECT product_id, store_view_id, in_place(list({
    'place': TRY_CAST(option.sort_order AS BIGINT), 'tie': TRY_CAST(option.option_id AS BIGINT), 'entry': {
        'id': base64(('custom-option/' || option.option_id)::BLOB),
        'label': option.title,
        'sortOrder': TRY_CAST(option.sort_order AS BIGINT),
        'required': as_flag(option.is_require),
        'renderType': option.type,
        'price': canonical_number(TRY_CAST(option.price AS DOUBLE)),
        'fileExtension': nullif(option.file_extension, ''),
        'sku': nullif(option.sku, ''),
        'range': CASE WHEN TRY_CAST(option.max_characters AS DOUBLE) > 0
            THEN {'from': NULL::JSON, 'to': canonical_number(TRY_CAST(option.max_characters AS DOUBLE))} END,
        'imageSizeX': TRY_CAST(option.image_size_x AS BIGINT),
        'imageSizeY': TRY_CAST(option.image_size_y AS BIGINT)
    }
})) AS inputs
FROM prepared.products_custom_options
WHERE option.type IN ('field', 'area', 'file', 'date', 'time', 'date_time')
GROUP BY ALL;
