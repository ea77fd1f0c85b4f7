-- Purpose: what a composite product has from its children, per store view.
-- Makes: prepared.products_bundle_links, prepared.products_child_names, prepared.products_composites.

-- an option without links stands here with no child_key: a required one can never be served
CREATE OR REPLACE TABLE prepared.products_bundle_links AS
SELECT DISTINCT product_id, option_id, is_required, sku_key(unnest(links).sku) AS child_key
FROM (
    SELECT
        product_id, option.option_id AS option_id, coalesce(as_flag(option.required), false) AS is_required,
        CASE WHEN len(option.product_links) > 0 THEN option.product_links ELSE [NULL] END AS links
    FROM (SELECT product_id, unnest(bundle_options) AS option FROM prepared.product_rows WHERE type_id = 'bundle')
);

CREATE OR REPLACE TABLE prepared.products_child_names AS
SELECT product_id, scope, any_value(sku_key(sku)) AS child_key, any_value(name) AS name
FROM prepared.product_rows
WHERE sku_key(sku) IN (SELECT child_key FROM prepared.products_bundle_links)
GROUP BY ALL;

CREATE OR REPLACE TABLE prepared.products_composites AS
WITH parents AS (
    SELECT product_id, store_view_id FROM prepared.item_keys WHERE type_id IN ('configurable', 'bundle', 'grouped')
),
-- a child's own values in the parent's view; its general ones where it is not on that website
children AS (
    SELECT
        parents.product_id, parents.store_view_id, links.child_id,
        coalesce(child_item.status, child.status) = 1 AS is_enabled,
        child_item.price AS price, child_item.is_salable AS is_salable, child.sku_key AS child_key
    FROM parents
    JOIN prepared.product_parents AS links ON links.parent_id = parents.product_id
    JOIN prepared.product_keys AS child ON child.product_id = links.child_id
    LEFT JOIN prepared.item_keys AS child_item
        ON child_item.product_id = links.child_id AND child_item.store_view_id = parents.store_view_id
),
unserved AS (
    SELECT DISTINCT product_id, store_view_id
    FROM (
        SELECT links.product_id, parents.store_view_id, links.option_id, bool_or(children.is_enabled) AS is_served
        FROM prepared.products_bundle_links AS links
        JOIN parents USING (product_id)
        LEFT JOIN children USING (product_id, store_view_id, child_key)
        WHERE links.is_required
        GROUP BY ALL
    )
    WHERE NOT coalesce(is_served, false)
)
SELECT
    parents.product_id, parents.store_view_id,
    bool_or(children.is_enabled) AS has_enabled_child,
    any_value(unserved.product_id) IS NOT NULL AS lacks_required_child,
    bool_or(children.is_enabled AND children.is_salable) AS has_salable_child,
    coalesce(min(children.price) FILTER (children.is_enabled), min(children.price)) AS lowest_price
FROM parents
LEFT JOIN children USING (product_id, store_view_id)
LEFT JOIN unserved USING (product_id, store_view_id)
GROUP BY parents.product_id, parents.store_view_id;
