"""inventoryStockStatus: one item per stock and SKU."""

from syncengine.feeds.feed import Feed, Field

FEED = Feed(
    name="inventoryStockStatus",
    title="One item per stock and SKU: what can be sold.",
    identity=("stockId", "sku"),
    minimal=("stockId", "sku"),
    modified_field="updatedAt",
    order=10,
    requires=("source_items",),
    reads_products=True,
    by_product_range=True,
    fields=(
        Field("stockId", "ID", required=True),
        Field("sku", required=True),
        Field("productId", "Int", hashed=False),
        Field("qty", "Float"),
        Field("qtyForSale", "Float"),
        Field("infiniteStock", "Boolean"),
        Field("lowStock", "Boolean"),
        Field("isSalable", "Boolean"),
        Field("deleted", "Boolean", required=True, hashed=False),
        Field("updatedAt", hashed=False),
    ),
)
