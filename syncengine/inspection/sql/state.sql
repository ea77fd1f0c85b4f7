-- The state of one feed item at one destination: an expression over `catalog`, `held` and `delivery` (one row each or
-- none; held.is_deleted tells a tombstone). The search copy's product_state says the same (lake/sql/search_tables.sql).
CASE
    WHEN catalog.feed_id IS NOT NULL AND held.feed_id IS NOT NULL AND NOT held.is_deleted
         AND held.feed_hash = catalog.feed_hash THEN 'in_sync'
    WHEN catalog.feed_id IS NULL AND (held.feed_id IS NULL OR held.is_deleted) THEN 'removed'
    WHEN delivery.state IS NOT NULL AND delivery.feed_hash IS NOT DISTINCT FROM catalog.feed_hash THEN delivery.state
    WHEN catalog.feed_id IS NOT NULL AND (held.feed_id IS NULL OR held.is_deleted) THEN 'not_exported'
    ELSE 'waiting'
END
