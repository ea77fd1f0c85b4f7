-- Purpose: one row per product attribute and store view.
-- Two documented quirks of the reference are kept: visibleInSearch is "visible on front", systemAttribute is
-- "user defined". `global` is true for website scope too, as there.
SELECT
    attribute_id::VARCHAR AS "id",
    store_code AS "storeCode",
    website_code AS "websiteCode",
    store_view_code AS "storeViewCode",
    attribute_code AS "attributeCode",
    'catalog_product' AS "attributeType",
    backend_type AS "dataType",
    coalesce(frontend_input = 'multiselect', false) AS "multi",
    label AS "label",
    frontend_input AS "frontendInput",
    is_required AS "required",
    is_unique AS "unique",
    value_scope IN ('global', 'website') AS "global",
    is_visible AS "visible",
    is_searchable AS "searchable",
    is_filterable AS "filterable",
    is_comparable AS "visibleInCompareList",
    used_in_product_listing AS "visibleInListing",
    used_for_sort_by AS "sortable",
    is_visible_on_front AS "visibleInSearch",
    is_filterable_in_search AS "filterableInSearch",
    search_weight AS "searchWeight",
    is_used_for_promo_rules AS "usedForRules",
    is_boolean AS "boolean",
    is_user_defined AS "systemAttribute",
    NOT is_boolean AND (
        (coalesce(frontend_input IN ('price', 'weight', 'text'), false) AND backend_type IN ('int', 'decimal'))
        OR coalesce(frontend_class IN ('validate-number', 'validate-digits'), false)
        OR attribute_code = 'required_options'
    ) AS "numeric",
    attribute_id::VARCHAR AS source_entity_id,
    NULL::TIMESTAMP AS modified_at
FROM (
    SELECT
        *,
        coalesce(frontend_input = 'boolean' AND backend_type = 'int', false)
            OR attribute_code IN (
                'has_options', 'allow_message', 'is_redeemable', 'use_config_allow_message',
                'use_config_email_template', 'use_config_is_redeemable', 'use_config_lifetime'
            ) AS is_boolean
    FROM prepared.attributes
)
