-- The live data files of one table. Parameters: $schema, $table. Placeholders: <metadata>: DuckLake's own database.
-- Columns: file (its name without folders), file_size_bytes.
SELECT string_split(files.path, '/')[-1] AS file, files.file_size_bytes
FROM {metadata}.ducklake_data_file AS files
JOIN {metadata}.ducklake_table AS tables ON tables.table_id = files.table_id AND tables.end_snapshot IS NULL
JOIN {metadata}.ducklake_schema AS schemas ON schemas.schema_id = tables.schema_id AND schemas.end_snapshot IS NULL
WHERE files.end_snapshot IS NULL AND schemas.schema_name = $schema AND tables.table_name = $table
