-- Purpose: what each website can sell of each SKU.
-- Reads: records.stock_index (one answer of dump-stock-index-data per website), records.source_items.
-- Makes: prepared.stock_index (sku_key, website_code, qty, is_salable), prepared.stock_sources (sku_key, qty, in_stock).

CREATE OR REPLACE TABLE prepared.stock_index AS
SELECT
    sku_key(record ->> 'sku') AS sku_key, scope AS website_code,
    any_value(TRY_CAST(record ->> 'qty' AS DOUBLE)) AS qty,
    bool_or(as_flag(record ->> 'is_salable')) AS is_salable
FROM records.stock_index
WHERE record ->> 'sku' IS NOT NULL
GROUP BY ALL;

CREATE OR REPLACE TABLE prepared.stock_sources AS
SELECT
    sku_key(record ->> 'sku') AS sku_key,
    sum(TRY_CAST(record ->> 'quantity' AS DOUBLE)) FILTER (as_flag(record ->> 'status')) AS qty,
    bool_or(as_flag(record ->> 'status')) AS in_stock
FROM records.source_items
WHERE record ->> 'sku' IS NOT NULL
GROUP BY ALL;
