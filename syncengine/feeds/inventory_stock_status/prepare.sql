-- Purpose: which stock serves which website, and what each stock holds of each SKU that has a source.
-- Reads: records.stocks where a source gives it (answers of GET /V1/inventory/stocks); prepared.websites, store_views,
--   stock_index, stock_sources.
-- Makes: prepared.inventory_stock_websites (website_code, stock_id), prepared.inventory_stock_holdings (stock_id,
--   sku_key, qty, is_salable).

SET VARIABLE inventory_stocks_relation = (
    SELECT CASE WHEN count(*) > 0 THEN 'records.stocks' ELSE 'records.stock_index' END
    FROM duckdb_columns()
    WHERE schema_name = 'records' AND table_name = 'stocks' AND column_name = 'record'
);

-- Without that list: the first website is served by the default stock, which every store has under id 1; which stock
-- serves another website cannot be known, and its items are left out.
CREATE OR REPLACE TABLE prepared.inventory_stock_websites AS
WITH channels AS (
    SELECT
        record ->> 'stock_id' AS stock_id,
        unnest(from_json(record -> '$.extension_attributes.sales_channels', '[{"type": "VARCHAR", "code": "VARCHAR"}]'))
            AS channel
    FROM query_table(getvariable('inventory_stocks_relation'))
    WHERE record ->> 'stock_id' IS NOT NULL
),
named AS (
    SELECT channel.code AS website_code, min(stock_id) AS stock_id
    FROM channels
    WHERE channel.type = 'website' AND channel.code IS NOT NULL
    GROUP BY ALL
)
SELECT website_code, stock_id FROM named
UNION ALL
SELECT website_code, '1'
FROM (SELECT website_code FROM prepared.websites ORDER BY website_id LIMIT 1)
WHERE NOT EXISTS (FROM named);

-- A grouped product or a bundle has a line in the index but no source: it is not stocked itself. A stocked product
-- that the index leaves out (a disabled one) is taken from its sources, when one stock is all there is.
CREATE OR REPLACE TABLE prepared.inventory_stock_holdings AS
WITH indexed AS (
    SELECT
        stocks.stock_id, stock_index.sku_key, arg_min(stock_index.qty, stocks.website_code) AS qty,
        bool_or(stock_index.is_salable) AS is_salable
    FROM prepared.stock_index
    JOIN prepared.inventory_stock_websites AS stocks USING (website_code)
    SEMI JOIN prepared.stock_sources AS sources ON sources.sku_key = stock_index.sku_key
    GROUP BY ALL
)
SELECT stock_id, sku_key, qty, is_salable FROM indexed
UNION ALL
SELECT sole.stock_id, sources.sku_key, coalesce(sources.qty, 0), sources.in_stock
FROM prepared.stock_sources AS sources
CROSS JOIN (SELECT any_value(stock_id) AS stock_id FROM prepared.inventory_stock_websites) AS sole
ANTI JOIN indexed ON indexed.sku_key = sources.sku_key
WHERE (SELECT count(DISTINCT stock_id) FROM prepared.inventory_stock_websites) = 1
  AND (SELECT count(*) FROM prepared.websites) = 1;
