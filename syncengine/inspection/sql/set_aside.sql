-- The records of the last index that could not be compiled and speak of a SKU. Parameters: $sku_text (the SKU as JSON).
SELECT feed, source_entity_id, identity_text, scope, code, message
FROM lake.catalog.set_aside
WHERE contains(identity_text, $sku_text)
ORDER BY feed, scope, source_entity_id, code
