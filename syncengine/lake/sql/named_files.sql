-- Every data and delete file that a catalog (attached as `metadata`) names, for whichever snapshot.
-- Columns: path (below the lake's files), file_size_bytes, table_name (schema and table).
WITH files AS (
    SELECT table_id, path, path_is_relative, file_size_bytes FROM metadata.ducklake_data_file
    UNION ALL
    SELECT table_id, path, path_is_relative, file_size_bytes FROM metadata.ducklake_delete_file
),
places AS (
    SELECT DISTINCT tables.table_id, schemas.path || tables.path AS folder,
           schemas.schema_name || '.' || tables.table_name AS table_name
    FROM metadata.ducklake_table AS tables
    JOIN metadata.ducklake_schema AS schemas USING (schema_id)
)
SELECT CASE WHEN files.path_is_relative THEN places.folder || files.path ELSE files.path END AS path,
       files.file_size_bytes, places.table_name
FROM files
JOIN places USING (table_id)
ORDER BY path
