"""productOverrides: what a customer group may see and buy of a product, per website."""

from syncengine.feeds.feed import Feed, Field

_PRODUCT_PRICE = (Field("regularPrice", "Float"), Field("finalPrice", "Float"))

FEED = Feed(
    name="productOverrides",
    title="One item per product, website and customer group that a category permission reaches.",
    identity=("sku", "websiteCode", "customerGroupCode"),
    minimal=("productId", "sku", "websiteCode", "customerGroupCode"),
    modified_field="modifiedAt",
    order=3,
    reads_products=True,
    by_product_range=True,
    requires=("category_permissions",),
    fields=(
        Field("websiteCode", required=True),
        Field("customerGroupCode", required=True),
        Field("productId", "Int", required=True),
        Field("sku", "ID", required=True),
        Field(
            "prices",
            "Record",
            (
                Field("minimumPrice", "Record", _PRODUCT_PRICE),
                Field("maximumPrice", "Record", _PRODUCT_PRICE),
            ),
        ),
        Field("displayable", "Boolean"),
        Field("priceDisplayable", "Boolean"),
        Field("buyable", "Boolean"),
        Field("deleted", "Boolean", required=True, hashed=False),
        Field("modifiedAt", hashed=False),
    ),
)
