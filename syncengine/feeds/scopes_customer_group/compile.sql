-- Purpose: one row per customer group with the websites it is valid on; NOT LOGGED IN (id 0) is no scope.
SELECT
    customer_group_id::VARCHAR AS "customerGroupId",
    customer_group_code AS "customerGroupCode",
    (
        SELECT coalesce(list(website_code ORDER BY website_id), [])
        FROM prepared.websites
        WHERE NOT coalesce(list_contains(excluded_website_ids, website_id), false)
    ) AS "websites",
    customer_group_id::VARCHAR AS source_entity_id,
    NULL::TIMESTAMP AS modified_at
FROM prepared.customer_groups
WHERE customer_group_id > 0
