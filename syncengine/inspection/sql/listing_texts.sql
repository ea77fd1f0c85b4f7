-- The search text of every row of a search table, ended by NUL. Placeholders: <table>. Columns: place, text.
SELECT rowid AS place, search_text || chr(0) AS text FROM search.{table}
