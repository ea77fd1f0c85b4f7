"""products: one item per product and store view of its assigned websites."""

from syncengine.feeds.feed import Feed, Field

_IMAGE = (Field("url"), Field("label"))

_RESOURCE = (Field("url"), Field("label"), Field("roles", repeated=True))

_VIDEO = (
    Field("mediaType"),
    Field("videoProvider"),
    Field("videoUrl"),
    Field("videoTitle"),
    Field("videoDescription"),
    Field("videoMetadata"),
)

_OPTION_VALUE = (
    Field("id", "ID", required=True),
    Field("label"),
    Field("sortOrder", "Int"),
    Field("isDefault", "Boolean"),
    Field("colorHex"),
    Field("imageUrl"),
    Field("customSwatchValue"),
    Field("qtyMutability", "Boolean"),
    Field("qty", "Float"),
    Field("infoUrl"),
    Field("sku"),
    Field("price", "Float"),
    Field("priceType"),
)

_OPTION = (
    Field("id", "ID", required=True),
    Field("label"),
    Field("sortOrder", "Int"),
    Field("required", "Boolean"),
    Field("renderType"),
    Field("type", required=True),
    Field("swatchType"),
    Field("values", "Record", _OPTION_VALUE, repeated=True),
)

_SHOPPER_INPUT = (
    Field("id", "ID", required=True),
    Field("label", "ID"),
    Field("sortOrder", "Int"),
    Field("required", "Boolean"),
    Field("renderType"),
    Field("price", "Float"),
    Field("fileExtension"),
    Field("sku"),
    Field("range", "Record", (Field("from", "Float"), Field("to", "Float"))),
    Field("imageSizeX", "Int"),
    Field("imageSizeY", "Int"),
)

_INVENTORY = (
    Field("qty", "Int"),
    Field(
        "configuration",
        "Record",
        (
            Field("status", "Boolean"),
            Field("manageStock", "Boolean"),
            Field("threshold", "Float"),
            Field("productAvailable", "Boolean"),
        ),
    ),
)

_MEDIA_ITEM = (
    Field("url"),
    Field("label"),
    Field("types", repeated=True),
    Field("sort_order", "Int"),
    Field("video_attributes", "Record", _VIDEO),
)

FEED = Feed(
    name="products",
    title="One item per product and store view of its assigned websites.",
    identity=("sku", "storeViewCode"),
    minimal=("productId", "sku", "storeViewCode", "storeCode", "websiteCode"),
    modified_field="modifiedAt",
    order=2,
    reads_products=True,
    by_product_range=True,
    joins_as_written=True,
    listing=(
        ("product_id", "BIGINT"),
        ("name", "VARCHAR"),
        ("type", "VARCHAR"),
        ("status", "VARCHAR"),
        ("visibility", "VARCHAR"),
        ("price", "DECIMAL(12,4)"),
        ("currency", "VARCHAR"),
        ("website_code", "VARCHAR"),
        ("image", "VARCHAR"),
    ),
    fields=(
        Field("sku", "ID", required=True),
        Field("storeViewCode", required=True),
        Field("storeCode", required=True),
        Field("websiteCode", required=True),
        Field("name"),
        Field("productId", "Int", required=True),
        Field("type", required=True),
        Field("productType"),
        Field("priceView"),
        Field("shortDescription"),
        Field("description"),
        Field("image", "Record", _IMAGE),
        Field("smallImage", "Record", _IMAGE),
        Field("swatchImage", "Record", _IMAGE),
        Field("thumbnail", "Record", _IMAGE),
        Field("linksExist", "Boolean"),
        Field("linksPurchasedSeparately", "Boolean"),
        Field("metaDescription"),
        Field("metaKeyword"),
        Field("metaTitle"),
        Field("samplesTitle"),
        Field("status", required=True),
        Field("taxClassId"),
        Field("createdAt"),
        Field("updatedAt", hashed=False),
        Field("urlKey"),
        Field("visibility"),
        Field("weight", "Float"),
        Field("weightUnit"),
        Field("weightType"),
        Field("currency"),
        Field("deletedAt"),
        Field("displayable", "Boolean", required=True),
        Field("buyable", "Boolean", required=True),
        Field(
            "attributes",
            "Record",
            (Field("attributeCode", required=True), Field("value", repeated=True), Field("valueId", repeated=True)),
            repeated=True,
        ),
        Field("categories", repeated=True),
        Field("categoryIds", repeated=True),
        Field(
            "categoryData",
            "Record",
            (Field("categoryId", required=True), Field("categoryPath"), Field("productPosition", "Int")),
            repeated=True,
        ),
        Field("inventory", "Record", _INVENTORY),
        Field("media_gallery", "Record", _MEDIA_ITEM, repeated=True),
        Field("optionsV2", "Record", _OPTION, repeated=True),
        Field("shopperInputOptions", "Record", _SHOPPER_INPUT, repeated=True),
        Field(
            "samples",
            "Record",
            (Field("resource", "Record", _RESOURCE), Field("sortOrder")),
            repeated=True,
        ),
        Field(
            "images",
            "Record",
            (Field("resource", "Record", _RESOURCE), Field("sortOrder")),
            repeated=True,
        ),
        Field(
            "videos",
            "Record",
            (Field("preview", "Record", _RESOURCE), Field("video", "Record", _VIDEO), Field("sortOrder")),
            repeated=True,
        ),
        Field("links", "Record", (Field("sku", required=True), Field("type", required=True)), repeated=True),
        Field("inStock", "Boolean"),
        Field("lowStock", "Boolean"),
        Field("url"),
        Field(
            "urlRewrites",
            "Record",
            (Field("url"), Field("parameters", "Record", (Field("name"), Field("value")), repeated=True)),
            repeated=True,
        ),
        Field("variants", "Record", (Field("sku", required=True),), repeated=True),
        Field("parents", "Record", (Field("sku", required=True), Field("productType")), repeated=True),
        Field("deleted", "Boolean", required=True, hashed=False),
        Field("modifiedAt", hashed=False),
    ),
)
