-- Purpose: related, upsell and crosssell links, only to products that exist on the view's website.
-- Makes: prepared.products_links (view of the range: product_id, scope, website_id, links sorted by type and SKU).

CREATE OR REPLACE VIEW prepared.products_links AS
WITH wanted AS (
    SELECT product_id, scope, link.link_type AS type, sku_key(link.linked_product_sku) AS target_key
    FROM (SELECT product_id, scope, unnest(product_links) AS link FROM prepared.products)
    WHERE link.link_type IN ('related', 'upsell', 'crosssell')
),
targets AS (
    SELECT sku_key AS target_key, any_value(sku) AS sku, unnest(any_value(website_ids)) AS website_id
    FROM prepared.product_keys
    WHERE sku_key IN (SELECT target_key FROM wanted)
    GROUP BY sku_key
)
SELECT product_id, scope, website_id, in_place(list({'place': type, 'tie': sku, 'entry': {'sku': sku, 'type': type}})) AS links
FROM (SELECT DISTINCT product_id, scope, website_id, type, sku FROM wanted JOIN targets USING (target_key))
GROUP BY ALL;
