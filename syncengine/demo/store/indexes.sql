-- Made after the rows are in: faster than keeping them up while loading.
CREATE INDEX product_by_update ON product (updated_at);
CREATE INDEX product_category_by_product ON product_category (product_id);
CREATE INDEX reference_by_holder ON reference (holder_id);
CREATE INDEX special_price_by_product ON special_price (product_id);
CREATE INDEX tier_price_by_product ON tier_price (product_id);
CREATE INDEX source_item_by_sku ON source_item (sku_key);
