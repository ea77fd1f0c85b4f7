-- The demo store's state. Narrow `product` answers filters and counts; `product_record` holds the answer's text.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL,
    sku_key TEXT NOT NULL UNIQUE,          -- lower case, no trailing spaces: how the real store compares
    name TEXT NOT NULL,
    type_id TEXT NOT NULL,
    attribute_set_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    visibility INTEGER NOT NULL,
    price REAL,
    is_price_listed INTEGER NOT NULL,      -- the price look-ups cover it
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    stock TEXT NOT NULL                    -- JSON: where the stock item differs from a fresh one
);

-- The record as the list endpoint gives it at the admin scope (without stock_item), ready to be sent.
CREATE TABLE product_record (id INTEGER PRIMARY KEY, record TEXT NOT NULL);

-- What a store view overrides; NULL columns are inherited. `patch`: top-level keys, custom attributes by code.
CREATE TABLE product_value (
    store_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    name TEXT,
    status INTEGER,
    visibility INTEGER,
    price REAL,
    patch TEXT NOT NULL,
    PRIMARY KEY (store_id, product_id)
) WITHOUT ROWID;

CREATE TABLE product_website (
    website_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    PRIMARY KEY (website_id, product_id)
) WITHOUT ROWID;

CREATE TABLE product_category (
    category_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    PRIMARY KEY (category_id, product_id)
) WITHOUT ROWID;

-- Who names whom: variant (by id), bundle, grouped and link (by SKU).
CREATE TABLE reference (
    target_id INTEGER NOT NULL,
    holder_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (target_id, holder_id, kind)
) WITHOUT ROWID;

CREATE TABLE special_price (
    product_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    price REAL NOT NULL,
    price_from TEXT,
    price_to TEXT
);

CREATE TABLE tier_price (
    product_id INTEGER NOT NULL,
    website_id INTEGER NOT NULL,
    customer_group TEXT NOT NULL,          -- by its name; 'all groups' for all
    price_type TEXT NOT NULL,              -- fixed | discount
    price REAL NOT NULL,
    quantity REAL NOT NULL
);

CREATE TABLE source_item (
    source_item_id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL,
    sku_key TEXT NOT NULL,
    source_code TEXT NOT NULL,
    quantity REAL NOT NULL,
    status INTEGER NOT NULL
);

-- Everything small: stores, groups, sets, attributes, categories, permissions. store_id 0 is the admin scope.
CREATE TABLE entity (
    kind TEXT NOT NULL,
    store_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (kind, store_id, position)
) WITHOUT ROWID;
