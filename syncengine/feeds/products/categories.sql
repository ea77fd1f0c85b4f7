-- Purpose: the categories a product shows in, as the store's own index has them: the assigned ones and their anchor
--   ancestors below the root, inactive ones too; nothing for a product that is invisible or disabled.
-- Makes: prepared.products_category_places (table), prepared.products_categories (view of the range).

-- an anchor ancestor's position is 10000 + the best position below it
CREATE OR REPLACE TABLE prepared.products_category_places AS
SELECT
    below.store_view_id, below.category_id AS assigned_id, above.category_id, above.url_path,
    CASE WHEN above.category_id = below.category_id THEN 0 ELSE 10000 END AS added_position
FROM prepared.categories AS below
JOIN prepared.categories AS above
    ON above.store_view_id = below.store_view_id
    AND list_contains(below.path_ids, above.category_id)
WHERE above.category_id <> above.root_category_id
    AND (above.category_id = below.category_id OR above.is_anchor = '1');

CREATE OR REPLACE VIEW prepared.products_categories AS
WITH assigned AS (
    SELECT
        product_id, scope, TRY_CAST(link.category_id AS BIGINT) AS assigned_id,
        coalesce(TRY_CAST(link.position AS INTEGER), 0) AS position
    FROM (SELECT product_id, scope, unnest(category_links) AS link FROM prepared.products)
),
placed AS (
    SELECT
        items.product_id, items.store_view_id, places.category_id, any_value(places.url_path) AS url_path,
        min(assigned.position + places.added_position) AS position,
        min(assigned.position) FILTER (places.added_position = 0) AS own_position
    FROM prepared.items AS items
    JOIN assigned USING (product_id, scope)
    JOIN prepared.products_category_places AS places
        ON places.store_view_id = items.store_view_id AND places.assigned_id = assigned.assigned_id
    WHERE items.visibility <> 1 AND items.status = 1
    GROUP BY ALL
)
SELECT
    product_id, store_view_id,
    in_place(list({'place': category_id, 'entry': {
        'categoryId': category_id::VARCHAR, 'categoryPath': url_path, 'productPosition': coalesce(own_position, position)
    }})) AS category_data
FROM placed
GROUP BY ALL;
