-- The tables of the lake that have a file, now or in a snapshot: the others are empty. Parameters: $snapshot (or null).
SELECT DISTINCT schemas.schema_name, tables.table_name
FROM __ducklake_metadata_lake.ducklake_data_file AS files
JOIN __ducklake_metadata_lake.ducklake_table AS tables USING (table_id)
JOIN __ducklake_metadata_lake.ducklake_schema AS schemas USING (schema_id)
WHERE $snapshot IS NULL AND files.end_snapshot IS NULL
   OR files.begin_snapshot <= $snapshot AND coalesce(files.end_snapshot > $snapshot, true)
