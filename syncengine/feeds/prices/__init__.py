"""prices: one item per product, website and {fallback "0" + each customer group that differs}."""

from syncengine.feeds.feed import Feed, Field

FEED = Feed(
    name="prices",
    title="One item per product, website and customer group whose prices differ from the fallback `0`.",
    identity=("sku", "customerGroupCode", "websiteCode"),
    minimal=("productId", "sku", "customerGroupCode", "websiteCode"),
    modified_field="updatedAt",
    order=9,
    reads_products=True,
    batch_items=500,
    by_product_range=True,
    follows_the_day=True,
    fields=(
        Field("websiteId", "Int", required=True),
        Field("productId", "Int", required=True),
        Field("sku", "ID", required=True),
        Field("type", required=True),
        Field("customerGroupCode", required=True),
        Field("websiteCode", required=True),
        Field("parents", "Record", (Field("type"), Field("sku", required=True)), repeated=True),
        Field("regular", "Float"),
        Field(
            "discounts",
            "Record",
            (
                Field("code", required=True),
                Field("price", "Float", skip_null=True),
                Field("percentage", "Float", skip_null=True),
            ),
            repeated=True,
        ),
        Field(
            "tierPrices",
            "Record",
            (
                Field("qty", "Float", required=True),
                Field("price", "Float", skip_null=True),
                Field("percentage", "Float", skip_null=True),
            ),
            repeated=True,
        ),
        Field("deleted", "Boolean", required=True, hashed=False),
        Field("updatedAt", hashed=False),
    ),
)
