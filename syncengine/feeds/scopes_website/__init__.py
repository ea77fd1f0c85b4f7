"""scopesWebsite: one item per website, with its stores and store views."""

from syncengine.feeds.feed import Feed, Field

_STORE = (
    Field("storeId", "ID", required=True),
    Field("storeCode", required=True),
    Field(
        "storeViews",
        "Record",
        (Field("storeViewId", "ID", required=True), Field("storeViewCode", required=True)),
        repeated=True,
    ),
)

FEED = Feed(
    name="scopesWebsite",
    title="One item per website, with its stores and store views.",
    identity=("websiteId",),
    minimal=("websiteId", "websiteCode", "stores"),
    modified_field=None,
    order=8,
    fields=(
        Field("websiteId", "ID", required=True),
        Field("websiteCode", required=True),
        Field("stores", "Record", _STORE, repeated=True),
        Field("deleted", "Boolean", required=True, hashed=False),
    ),
)
