-- The items of all feeds that catalog and export disagree on. Placeholder: <into>.
-- `since` NULL: unknown, counted from the moment that is asked for. `fields`: what differs, of the items compared.
CREATE TABLE IF NOT EXISTS {into} (
    feed VARCHAR, destination VARCHAR, feed_id UUID, identity VARCHAR[], item VARCHAR, sku VARCHAR,
    store_view_code VARCHAR, website_code VARCHAR, kind VARCHAR, state VARCHAR, since TIMESTAMP,
    last_exported_at TIMESTAMP, last_modified_at TIMESTAMP, fields VARCHAR[]
)
