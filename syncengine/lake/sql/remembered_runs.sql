-- What history and commits tell of runs. Placeholders: <lines>: history of all feeds; <metadata>: DuckLake's own database.
-- Columns: sequence, run_id, feeds, started_at, finished_at (UTC), products_updated, catalog_snapshot, exported_snapshot.
WITH commits AS (
    SELECT snapshot_id, commit_message ->> '$.run_id' AS run_id, commit_message ->> '$.step' AS step
    FROM {metadata}.ducklake_snapshot_changes
    WHERE json_valid(commit_message)
),
made AS (
    SELECT run_id, max(snapshot_id) FILTER (step = 'snapshot') AS catalog_snapshot, max(snapshot_id) AS exported_snapshot
    FROM commits
    WHERE run_id IS NOT NULL
    GROUP BY run_id
)
SELECT
    min(lines.run_sequence) AS sequence, lines.run_id, list_sort(list(DISTINCT lines.feed)) AS feeds,
    min(lines."at") AS started_at, max(lines."at") AS finished_at,
    count(DISTINCT lines.sku) FILTER (lines.outcome = 'accepted') AS products_updated,
    any_value(made.catalog_snapshot) AS catalog_snapshot, any_value(made.exported_snapshot) AS exported_snapshot
FROM ({lines}) AS lines
LEFT JOIN made ON made.run_id = lines.run_id
GROUP BY lines.run_id
ORDER BY sequence
