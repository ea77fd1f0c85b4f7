-- Live data files per table. Placeholders: <metadata>: DuckLake's own database. Columns: schema_name, table_name, files.
SELECT schemas.schema_name, tables.table_name, count(*) AS files
FROM {metadata}.ducklake_data_file AS files
JOIN {metadata}.ducklake_table AS tables ON tables.table_id = files.table_id AND tables.end_snapshot IS NULL
JOIN {metadata}.ducklake_schema AS schemas ON schemas.schema_id = tables.schema_id AND schemas.end_snapshot IS NULL
WHERE files.end_snapshot IS NULL
GROUP BY ALL
ORDER BY schema_name, table_name
