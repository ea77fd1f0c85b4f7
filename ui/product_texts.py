"""The words of the product page: its facts, why it stands as it stands, and its choice of items."""

from __future__ import annotations

TITLE = "Product detail"
BACK = "Back to results"
FEED = "Feed"
SCOPE = "Item"
CATEGORY = "Category"
OPEN_CATEGORY = "Open this category"
IN_CATEGORY = "All products in {path}"
NO_CATEGORIES = "Nothing is known of its categories"
NO_CATEGORIES_NEXT = (
    "The product names them, and the feed `categories` holds none of them. "
    "It is switched off or was not synced yet: `catalog-sync sync --feed categories`."
)
NO_SKU = "No product is chosen"
NO_SKU_NEXT = "Choose one from the list of synced products."
UNKNOWN_SKU = "No product has the SKU “{sku}”"
UNKNOWN_SKU_NEXT = (
    "It is neither in the catalog as last read nor in what was exported. "
    "Check the spelling, or search the store catalog."
)
VARIANT_OF = "Variant of"
VARIANTS = "Variants"
SEARCH_CATALOG = "Search the store catalog"
NEAREST = "Spelled like it:"
NO_ITEMS = "No feed item of it"
NO_ITEMS_NEXT = "The records of this product were set aside, so nothing of it was compiled or exported."
SET_ASIDE = "{feed}: this record was set aside when the catalog was read last. {message}"
SET_ASIDE_NEXT = "Correct it in the store; until then the item stays as it was exported before."

WHY = "Why"
WHY_ALL_WELL = "{items} in {feeds} equal your catalog."
WHY_EQUAL = "{sentence} That is {items} in {feeds}."
WHY_NEXT = "Next:"
# what the page itself offers, in place of the command that the sentence of the command line names
WHY_STEPS = {
    "changed_waiting": "“Resync this product” sends it now.",
    "rejected": (
        "Correct the product in the store: it is sent again when its content changes. "
        "Where the cause was the service's, “Resync this product” sends it as it is."
    ),
    "delete_guard": "Look at what would be removed, then approve or refuse it.",
    "dependency_missing": "Sync the feed `productAttributes`.",
}
# where the next step is made: the page's name, its words, and the query
WHY_LINKS = {
    "delete_guard": ("settings", "Review the held deletes", {}),
    "feed_off": ("settings", "Feeds in Settings", {"section": "feeds"}),
    "dependency_missing": ("products", "The feed productAttributes", {"feed": "productAttributes", "side": "catalog"}),
}
EDIT_IN_STORE = "Edit in the store"
LIST_VARIANTS = "List its variants"
SUPPORT = "For support"
SUPPORT_NOTE = "Copy this into a ticket: what the product's items are called, their hashes, reasons and answers."
WHY_PRICES = "How its prices are formed"
WHY_LAST_SENT = "Why it was sent last"
WHY_QUIET = "Everything that is in order ({count})"
WHERE_MORE = "and {count} more"
LAST_OUTCOMES = {"retry": "not accepted yet", "unknown": "without an answer", "dead_letter": "set aside"}
LAST_SENT = "{feed} {scope}: {because}, in run {run} {when}, {outcome}."

REASONS = {
    "in_sync": ("In sync", "ok", "✓"),
    "changed_waiting": ("Waiting for next sync", "busy", "…"),
    "in_flight": ("Being sent", "busy", "●"),
    "rejected": ("Rejected", "bad", "✕"),
    "retry_scheduled": ("Retry scheduled", "warn", "↻"),
    "not_in_catalog": ("Not in the catalog", "warn", "?"),
    "removed": ("Removed", "idle", "–"),
    "disabled": ("Disabled", "idle", "○"),
    "not_in_website": ("Not in the website", "idle", "○"),
    "filtered": ("Left out", "idle", "○"),
    "no_enabled_variant": ("No enabled variant", "warn", "!"),
    "dependency_missing": ("Dependency missing", "warn", "!"),
    "delete_guard": ("Held for review", "warn", "!"),
    "feed_off": ("Feed is off", "idle", "○"),
}
