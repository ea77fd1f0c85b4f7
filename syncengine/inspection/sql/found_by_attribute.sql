-- The products with an attribute, of a value (label or id) if one is given, whatever its case.
-- Parameters: $attribute, $attribute_value (or null). Placeholders: <payloads>. Columns: feed_id.
SELECT feed_id FROM {payloads}
WHERE contains(payload, $attribute)
  AND len(list_filter(
          from_json(payload::JSON -> '$.attributes',
                    '[{"attributeCode": "VARCHAR", "value": ["VARCHAR"], "valueId": ["VARCHAR"]}]'),
          lambda one: one.attributeCode = $attribute AND (
              $attribute_value IS NULL
              OR len(list_filter(list_concat(coalesce(one.value, []), coalesce(one.valueId, [])),
                                 lambda each: lower(each) = lower($attribute_value))) > 0))) > 0
