-- How many records of the last index could not be compiled, by the store view or website they are of.
-- Columns: scope, records.
SELECT scope, count(*) AS records FROM lake.catalog.set_aside GROUP BY ALL
