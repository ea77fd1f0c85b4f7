-- For every row of a search table, by its place: which combination of listing_groups.sql it is. Placeholders: <table>.
-- Columns: place, code.
SELECT rowid AS place, hash(destination, store_view_code, type, visibility, state) AS code FROM search.{table}
