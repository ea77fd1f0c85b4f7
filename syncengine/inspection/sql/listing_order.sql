-- The places of a search table's rows in ascending order of one column, rows without a value last.
-- Placeholders: <table>; <column>: from the allow-list. Columns: place, is_null.
SELECT rowid AS place, {column} IS NULL AS is_null FROM search.{table} ORDER BY {column} ASC NULLS LAST, rowid
