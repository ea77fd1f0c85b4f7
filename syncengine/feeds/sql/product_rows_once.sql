-- Purpose: each product record once, although it was read several times; of those the newest.
-- Parameters: $path, the Parquet file of parsed records.
-- Makes: prepared.product_rows_kept; prepared.product_rows again.
CREATE OR REPLACE TABLE prepared.product_rows_kept AS
SELECT max_by(file_row_number, (coalesce(modified_at, TIMESTAMP '1970-01-01'), file_row_number)) AS file_row_number
FROM read_parquet($path, file_row_number = true)
GROUP BY scope, product_id, sku;

CREATE OR REPLACE VIEW prepared.product_rows AS
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($path, file_row_number = true)
SEMI JOIN prepared.product_rows_kept USING (file_row_number);
