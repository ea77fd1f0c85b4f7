-- Purpose: one row per website (the admin website is no scope), its stores and store views in id order.
SELECT
    website_id::VARCHAR AS "websiteId",
    website_code AS "websiteCode",
    none_if_empty(stores) AS "stores",
    website_id::VARCHAR AS source_entity_id,
    NULL::TIMESTAMP AS modified_at
FROM prepared.websites
LEFT JOIN (
    SELECT
        website_id,
        list({'storeId': store_id::VARCHAR, 'storeCode': store_code, 'storeViews': views} ORDER BY store_id) AS stores
    FROM (
        SELECT
            website_id, store_id, store_code,
            list(
                {'storeViewId': store_view_id::VARCHAR, 'storeViewCode': store_view_code} ORDER BY store_view_id
            ) AS views
        FROM prepared.store_views
        GROUP BY ALL
    )
    GROUP BY website_id
) USING (website_id)
