-- How many items of one feed the catalog has in each scope. Placeholders: <catalog>: the feed's table; <store_view>,
-- <website>: the column of its identity that names one, or NULL. Columns: store_view_code, website_code, items.
SELECT {store_view}::VARCHAR AS store_view_code, {website}::VARCHAR AS website_code, count(*) AS items
FROM {catalog}
GROUP BY ALL
