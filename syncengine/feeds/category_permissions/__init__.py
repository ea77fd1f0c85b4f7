"""categoryPermissions: the grants of a category per website and customer group, and the global fallback rows."""

from syncengine.feeds.feed import Feed, Field

FEED = Feed(
    name="categoryPermissions",
    title="One item per category permission, and one per global fallback.",
    identity=("categoryId", "websiteCode", "customerGroupCode"),
    minimal=("categoryId", "websiteCode", "customerGroupCode"),
    modified_field="modifiedAt",
    order=6,
    requires=("category_permissions",),
    fields=(
        Field("categoryId", required=True),
        Field("websiteCode"),
        Field("customerGroupCode"),
        Field(
            "permissions",
            "Record",
            (Field("categoryView", "Int"), Field("displayProductPrice", "Int"), Field("addToCart", "Int")),
        ),
        Field("deleted", "Boolean", required=True, hashed=False),
        Field("modifiedAt", hashed=False),
    ),
)
