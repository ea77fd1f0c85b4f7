-- What some products consist of, and what they are part of, one step away. Parameters: $skus. Columns: sku.
WITH mine AS (SELECT payload::JSON AS payload FROM lake.catalog.products WHERE sku IN (SELECT unnest($skus::VARCHAR[])))
SELECT parent_sku AS sku FROM lake.catalog.variants WHERE product_sku IN (SELECT unnest($skus::VARCHAR[]))
UNION
SELECT product_sku FROM lake.catalog.variants WHERE parent_sku IN (SELECT unnest($skus::VARCHAR[]))
UNION
SELECT unnest(from_json(payload -> '$.parents[*].sku', '["VARCHAR"]')) FROM mine
UNION
SELECT unnest(from_json(payload -> '$.variants[*].sku', '["VARCHAR"]')) FROM mine
UNION
SELECT unnest(from_json(payload -> '$.optionsV2[*].values[*].sku', '["VARCHAR"]')) FROM mine
UNION
SELECT unnest(from_json(payload -> '$.links[*].sku', '["VARCHAR"]')) FROM mine
