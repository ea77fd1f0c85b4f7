-- Purpose: $grown = the products of $seeds, those with a SKU of theirs, and whoever speaks of them or is spoken of.
-- Reads: known_products (product_id, sku_key, child_ids, target_keys): all records, those of vanished pages too.
CREATE OR REPLACE TEMP TABLE {grown} AS
WITH seeds AS (
    SELECT DISTINCT same.product_id, same.sku_key
    FROM known_products AS same
    SEMI JOIN (SELECT sku_key FROM known_products SEMI JOIN {seeds} USING (product_id)) AS named USING (sku_key)
    UNION
    SELECT product_id, NULL FROM {seeds}
),
spoken AS MATERIALIZED (
    SELECT product_id, unnest(child_ids) AS child_id, NULL AS target_key
    FROM known_products WHERE len(child_ids) > 0
    UNION
    SELECT product_id, NULL, unnest(target_keys)
    FROM known_products WHERE len(target_keys) > 0
)
SELECT DISTINCT product_id
FROM (
    SELECT product_id FROM seeds
    UNION ALL
    SELECT spoken.product_id FROM spoken SEMI JOIN seeds ON spoken.child_id = seeds.product_id
    UNION ALL
    SELECT spoken.product_id FROM spoken SEMI JOIN seeds ON spoken.target_key = seeds.sku_key
    UNION ALL
    SELECT spoken.child_id FROM spoken SEMI JOIN seeds ON spoken.product_id = seeds.product_id
    UNION ALL
    SELECT target.product_id
    FROM known_products AS target
    SEMI JOIN (
        SELECT spoken.target_key FROM spoken SEMI JOIN seeds ON spoken.product_id = seeds.product_id
    ) AS wanted ON wanted.target_key = target.sku_key
)
WHERE product_id IS NOT NULL
