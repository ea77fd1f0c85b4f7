"""The words of the lists of products and of feed items: their filters, chips, and what can be done with a selection."""

from __future__ import annotations

FILTER = "Filter"
CHANGED_LAST = "Changed in the last run"
REASON = "Reason"
PRICE_FROM, PRICE_TO = "Price from", "to"
ATTRIBUTE, ATTRIBUTE_VALUE = "Attribute", "with the value"
ATTRIBUTE_HINT = "its code, such as color"
ATTRIBUTE_VALUE_HINT = "label or id"
CATEGORY = "In category"
CATEGORY_HINT = "its path, such as equipment/bags"
CHANGED_FIELD = "Field that changed"
CHANGED_FIELD_HINT = "a top-level field, such as name"
JSON = "Search in JSON"
JSON_HINT = "anywhere in the exported or the catalog's JSON"
JSON_HELP = "Looks through every payload, so it takes longer than the search by name, SKU and ID."
PICTURES = "Pictures"
PICTURE = "Picture"
WRONG_PRICE = "A price is a number, such as 19.90."

CHIPS = {
    "reason": "Reason",
    "run": "Run",
    "price_from": "Price from",
    "price_to": "Price to",
    "attribute": "Attribute",
    "attribute_value": "Value",
    "category": "Category",
    "changed_field": "Changed field",
    "json_text": "JSON",
    "type": "Type",
    "visibility": "Visibility",
    "state": "State",
    "scopes": "Scope",
}
LAST_RUN = "last"

FEED = "Feed"
FEED_OPTION = "Feed: {}"
SIDES = {"synced": "Exported", "catalog": "Store catalog"}
ITEMS_TITLE = "Items of the feed {feed}"
NEAREST = "Spelled like it:"
EXPORTED_TELLS = "When the destination acknowledged it last. Times in {zone}."
MODIFIED_TELLS = "As the store says, for every kind of edit. Times in {zone}."
PRICE_TELLS = "Regular price of group 0 in the store view's website; from the lowest child where there are some."
STATE_TELLS = "What the destination holds, compared with your catalog as last read."
ITEMS_SUB = "{title}. Choose a row to see the item's data, what differs, and what was told of it."
ITEM_SEARCH_HINT = "Part of what names an item: code, path, SKU …"
A_TO_Z, Z_TO_A = "{}, A to Z", "{}, Z to A"
NEWEST_FIRST, OLDEST_FIRST = "{}, newest first", "{}, oldest first"
ITEM_SIDES = {"synced": "exported", "catalog": "catalog"}
NO_ITEMS = "The feed {feed} has no items here"
NO_ITEMS_NEXT = {
    "synced": "Nothing of it was exported yet. In the catalog there are {matches}.",
    "catalog": "Nothing of it was compiled: the store does not offer it, or no sync has run.",
}
NO_ITEM_MATCH = "No item matches"
NO_ITEM_MATCH_NEXT = "Take filters away, or look at the other side."
ITEMS_DOWNLOAD = "All of it with its payloads, as the search and the filters above leave it, whatever the page shows."
WHOLE_FEED = "This feed belongs to no store view or website: all of its items are shown."
TIMES_IN = "Times in {zone}."
