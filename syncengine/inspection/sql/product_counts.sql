-- How many products (distinct SKUs) the catalog holds, a destination holds, wait for it, were refused by it, or are not
-- there as the catalog has them, for whatever reason. Parameters: $destination, $waiting, $rejected (lists of states).
-- Columns: catalog, synced, waiting, rejected, different.
WITH listed AS (
    SELECT sku, state, true AS in_catalog FROM search.catalog_products WHERE destination = $destination
    UNION ALL
    SELECT sku, state, false FROM search.synced_products WHERE destination = $destination
)
SELECT
    count(DISTINCT sku) FILTER (in_catalog) AS catalog,
    count(DISTINCT sku) FILTER (NOT in_catalog) AS synced,
    count(DISTINCT sku) FILTER (list_contains($waiting, state)) AS waiting,
    count(DISTINCT sku) FILTER (list_contains($rejected, state)) AS rejected,
    count(DISTINCT sku) FILTER (state NOT IN ('in_sync', 'removed')) AS different
FROM listed
