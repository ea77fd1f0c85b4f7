-- Purpose: the products that any record of says something else than at the last index, by id.
-- Reads: old_rows, new_rows: the rows (indexed.py) of the pages that vanished and of those that appeared.
-- Makes: known_products (the records of before and of now), changed_products (product_id, NULL: a record without one).
CREATE OR REPLACE TEMP VIEW known_products AS
SELECT product_id, sku_key, child_ids, target_keys FROM standing_rows WHERE entity = 'products'
UNION ALL
SELECT product_id, sku_key, child_ids, target_keys FROM old_rows WHERE entity = 'products'
UNION ALL
SELECT product_id, sku_key, child_ids, target_keys FROM new_rows WHERE entity = 'products';

CREATE OR REPLACE TEMP TABLE changed_products AS
WITH was AS (SELECT entity, scope, product_id, sku_key, digest FROM old_rows),
is_now AS (SELECT entity, scope, product_id, sku_key, digest FROM new_rows),
differing AS MATERIALIZED ((FROM was EXCEPT ALL FROM is_now) UNION ALL (FROM is_now EXCEPT ALL FROM was))
SELECT DISTINCT product_id FROM differing WHERE entity = 'products'
UNION
SELECT known_products.product_id
FROM known_products
SEMI JOIN (SELECT sku_key FROM differing WHERE entity <> 'products') AS priced USING (sku_key);
