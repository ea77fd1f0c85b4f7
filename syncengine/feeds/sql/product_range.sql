-- Purpose: the products of the range being compiled (variables range_from, range_to).
CREATE OR REPLACE VIEW prepared.products AS
SELECT * FROM prepared.product_rows
WHERE product_id BETWEEN getvariable('range_from') AND getvariable('range_to');

CREATE OR REPLACE VIEW prepared.items AS
SELECT * FROM prepared.item_keys
WHERE product_id BETWEEN getvariable('range_from') AND getvariable('range_to');
