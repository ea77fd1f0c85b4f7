-- What the demo services hold. One file is one installation; a space is one environment with one data space.

CREATE TABLE IF NOT EXISTS spaces (
    id INTEGER PRIMARY KEY,
    environment_id TEXT NOT NULL,
    data_space_id TEXT NOT NULL,
    UNIQUE (environment_id, data_space_id)
);

-- payload: the bytes of the item exactly as they stood in the batch. identity: the identity values as a JSON array.
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY,
    space_id INTEGER NOT NULL,
    feed TEXT NOT NULL,
    identity TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    run_sequence INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (space_id, feed, identity)
);

-- Counting and paging read this and not the payloads.
CREATE INDEX IF NOT EXISTS items_by_feed ON items (space_id, feed, id, deleted);

-- One row per idempotency key whose batch was applied, with the answer that a repeat gets again.
CREATE TABLE IF NOT EXISTS answers (
    space_id INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    feed TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (space_id, idempotency_key)
) WITHOUT ROWID;

-- Every POST of a feed that arrived, in order, whatever became of it.
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY,
    space_id INTEGER,
    feed TEXT NOT NULL,
    idempotency_key TEXT,
    body_sha256 TEXT,
    body_bytes INTEGER,
    items INTEGER,
    run_sequence INTEGER,
    outcome TEXT NOT NULL,
    http_status INTEGER,
    accepted INTEGER,
    rejected INTEGER,
    ignored INTEGER,
    fault TEXT,
    request_id TEXT NOT NULL,
    received_at TEXT NOT NULL
);
