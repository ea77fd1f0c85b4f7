-- What some categories are called. Parameters: $ids. Columns: category_id (text), name: of the store view `default`
-- before that of any other.
SELECT category_id::VARCHAR AS category_id, first(name ORDER BY store_view_code <> 'default', store_view_code) AS name
FROM lake.catalog.categories
WHERE category_id IN (SELECT unnest($ids::BIGINT[])) AND name IS NOT NULL
GROUP BY category_id
