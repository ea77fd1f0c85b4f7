-- The delivery state of the items that were not plainly accepted. Parameters: $destination, $run_id.
-- `runs` counts the runs that tried this same content; the first retry is due at once, later ones wait longer,
-- and after ten runs the item is a dead letter. One that is sent again, because somebody asked, starts anew.
CREATE OR REPLACE TEMP TABLE fold_delivery AS
WITH tried AS (
    SELECT answers.*, coalesce(before.runs, 0) + 1 AS tried_runs, coalesce(before.attempts, 0) + answers.attempts AS tries
    FROM fold_answers AS answers
    LEFT JOIN {delivery} AS before
      ON before.destination = $destination AND before.feed_id = answers.feed_id
     AND before.feed_hash IS NOT DISTINCT FROM answers.feed_hash AND before.state NOT IN ('dead_letter', 'rejected')
    WHERE answers.outcome <> 'accepted'
)
SELECT
    $destination AS destination, feed_id, feed_hash, {identity}, source_entity_id, operation,
    CASE WHEN outcome = 'rejected' THEN 'rejected' WHEN tried_runs >= 10 THEN 'dead_letter' ELSE outcome END AS state,
    http_status, error_code, message, tries::INTEGER AS attempts, tried_runs::INTEGER AS runs,
    CASE WHEN outcome = 'rejected' OR tried_runs >= 10 THEN NULL
         WHEN tried_runs = 1 THEN answered_at
         ELSE answered_at + to_minutes(least(360, 5 * power(2, tried_runs - 2)::BIGINT)::BIGINT)
    END AS next_attempt_at,
    request_id, $run_id AS run_id, answered_at AS tried_at
FROM tried
