-- What a list of discrepancies has in all. Placeholder: <rows>: discrepancies_rows.sql.
-- Columns: items, products, feeds, reasons (those in it).
SELECT
    count(*) AS items, count(DISTINCT sku) AS products,
    coalesce(list_sort(list(DISTINCT feed)), []) AS feeds, coalesce(list_sort(list(DISTINCT reason)), []) AS reasons
FROM ({rows})
