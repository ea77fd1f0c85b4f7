"""scopesCustomerGroup: one item per customer group."""

from syncengine.feeds.feed import Feed, Field

FEED = Feed(
    name="scopesCustomerGroup",
    title="One item per customer group, with the websites it is valid on.",
    identity=("customerGroupId",),
    minimal=("customerGroupId", "customerGroupCode", "websites"),
    modified_field=None,
    order=7,
    fields=(
        Field("customerGroupId", "ID", required=True),
        Field("customerGroupCode", required=True),
        Field("websites", repeated=True, required=True),
        Field("deleted", "Boolean", required=True, hashed=False),
    ),
)
