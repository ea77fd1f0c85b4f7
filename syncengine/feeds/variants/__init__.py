"""variants: one item per link of a configurable product to a child."""

from syncengine.feeds.feed import Feed, Field

FEED = Feed(
    name="variants",
    title="One item per link of a configurable product to one of its children.",
    identity=("parentSku", "productSku"),
    minimal=("id", "parentSku", "productSku", "productId"),
    modified_field="modifiedAt",
    order=4,
    reads_products=True,
    by_product_range=True,
    fields=(
        Field("id", "ID", required=True),
        Field(
            "optionValues",
            "Record",
            (
                Field("attributeCode", required=True),
                Field("uid", required=True),
                Field("label"),
                Field("valueIndex", required=True),
            ),
            repeated=True,
        ),
        Field("parentId", required=True),
        Field("productId", required=True),
        Field("parentSku", required=True),
        Field("productSku", required=True),
        Field("deleted", "Boolean", required=True, hashed=False),
        Field("modifiedAt", hashed=False),
    ),
)
