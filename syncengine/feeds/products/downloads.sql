-- Purpose: samples of downloadable products, and their links and samples as the attribute `ac_downloadable`.
-- Makes: prepared.products_downloads (view of the range: product_id, store_view_id, samples, fragment).

CREATE OR REPLACE VIEW prepared.products_downloads AS
WITH chosen AS (
    SELECT
        items.product_id, items.store_view_id, views.base_link_url,
        coalesce(as_flag(products.vals[list_position(products.codes, 'links_purchased_separately')]), false)
            AS purchase_separately,
        list_sort(list_transform(products.download_samples, lambda x: {
            'place': TRY_CAST(x.sort_order AS BIGINT), 'id': TRY_CAST(x.id AS BIGINT), 'title': x.title
        })) AS samples,
        list_sort(list_transform(products.download_links, lambda x: {
            'place': TRY_CAST(x.sort_order AS BIGINT), 'id': TRY_CAST(x.id AS BIGINT), 'title': x.title,
            'price': TRY_CAST(x.price AS DOUBLE), 'downloads': TRY_CAST(x.number_of_downloads AS DOUBLE),
            'sample_type': x.sample_type
        })) AS links
    FROM prepared.items AS items
    JOIN prepared.store_views AS views USING (store_view_id)
    JOIN prepared.products AS products USING (product_id, scope)
    WHERE products.type_id = 'downloadable'
)
SELECT
    product_id, store_view_id,
    none_if_empty(list_transform(samples, lambda x: {
        'resource': {
            'url': base_link_url || 'downloadable/download/sample/sample_id/' || x.id,
            'label': x.title,
            'roles': NULL::VARCHAR[]
        },
        'sortOrder': x.place::VARCHAR
    })) AS samples,
    prepared.attribute_fragment('ac_downloadable', [to_json({
        'purchase_separately': purchase_separately,
        'samples': list_transform(samples, lambda x: {
            'label': x.title, 'url': base_link_url || 'downloadable/download/sample/sample_id/' || x.id
        }),
        'links': list_transform(links, lambda x: {
            'uid': base64(('downloadable/' || x.id)::BLOB),
            'label': x.title,
            'price': canonical_number(x.price),
            'number_of_downloads': canonical_number(coalesce(x.downloads, 0)),
            'sample_url': CASE WHEN x.sample_type = 'url'
                THEN base_link_url || 'downloadable/download/linkSample/link_id/' || x.id END
        })
    })::VARCHAR], NULL::VARCHAR[]) AS fragment
FROM chosen;
