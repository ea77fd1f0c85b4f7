-- Purpose: one row per category and store view under that view's root.
SELECT
    category_id::VARCHAR AS "categoryId",
    store_view_code AS "storeViewCode",
    store_code AS "storeCode",
    website_code AS "websiteCode",
    name AS "name",
    description AS "description",
    meta_title AS "metaTitle",
    meta_keywords AS "metaKeywords",
    meta_description AS "metaDescription",
    display_mode AS "displayMode",
    url_key AS "urlKey",
    url_path AS "urlPath",
    CASE
        WHEN image LIKE 'http%' THEN image
        WHEN image LIKE '/%' THEN rtrim(base_url, '/') || image
        ELSE base_media_url || 'catalog/category/' || image
    END AS "image",
    level AS "level",
    path AS "path",
    parent_id::VARCHAR AS "parentId",
    child_ids::VARCHAR[] AS "children",
    position AS "position",
    coalesce(default_sort_by, 'position') AS "defaultSortBy",
    none_if_empty(available_sort_by) AS "availableSortBy",
    coalesce(TRY_CAST(is_anchor AS INTEGER), 0) AS "isAnchor",
    include_in_menu::INTEGER AS "includeInMenu",
    is_active::INTEGER AS "isActive",
    created_at AS "createdAt",
    updated_at AS "updatedAt",
    category_id::VARCHAR AS source_entity_id,
    TRY_CAST(updated_at AS TIMESTAMP) AS modified_at,
    category_id
FROM prepared.categories
