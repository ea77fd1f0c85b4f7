-- The names of the catalog's tables, now or as they were in a snapshot. Parameters: $snapshot (or null).
SELECT tables.table_name
FROM __ducklake_metadata_lake.ducklake_table AS tables
JOIN __ducklake_metadata_lake.ducklake_schema AS schemas USING (schema_id)
WHERE schemas.schema_name = 'catalog'
  AND ($snapshot IS NULL AND tables.end_snapshot IS NULL
       OR tables.begin_snapshot <= $snapshot AND coalesce(tables.end_snapshot > $snapshot, true))
