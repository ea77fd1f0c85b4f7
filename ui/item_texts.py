"""The words around one feed item: its diff, its JSON, its history and deliveries, and what can be asked for."""

from __future__ import annotations

NAV = "Feed item"
BACK = "Back to the list"
NO_ITEM = "No item is chosen"
NO_ITEM_NEXT = "Choose one from the list of a feed's items."
OPEN_PRODUCT = "Open the product"
REVIEW = "Review what is held"
OPEN_PARENT = "Open its parent"
ITS_PRODUCTS = "Products in this category"
PRODUCTS_WITH_IT = "Products with this attribute"
CUSTOMER_GROUP = "Customer group {number}"
ALL_WEBSITES = "* (all)"
ROOT_CATEGORY = "(root category)"
ID_IN_STORE = "ID in the store"
TAB_DIFF = "Diff"
TAB_EXPORTED = "Exported JSON"
TAB_CATALOG = "Catalog JSON"
TAB_HISTORY = "History"
TAB_DELIVERIES = "Deliveries"
TABS = {
    "diff": TAB_DIFF,
    "exported": TAB_EXPORTED,
    "catalog": TAB_CATALOG,
    "history": TAB_HISTORY,
    "deliveries": TAB_DELIVERIES,
}

# -- diff ---------------------------------------------------------------------------------------------------------
KIND = "Kind"
FIELD = "Field"
FORM = "Form"
FORMS = {"side": "Side by side", "unified": "Unified", "fields": "Fields only"}
ONLY_CHANGES = "Only changes"
IGNORE_ORDER = "Ignore order"
IGNORE_ORDER_HELP = (
    "Lists whose order means nothing are sorted before they are exported, so order counts where it is left. "
    "With this on, entries that merely stand elsewhere are put side by side."
)
HIDE_VOLATILE = "Hide volatile fields"
HIDE_VOLATILE_HELP = (
    "Fields that never count as a change, such as the time of modification. The content hash skips them."
)
MORE_FIELDS = "{fields} more fields differ; the lines below show all of them."
EQUAL = "The exported data equals your catalog."
EQUAL_BUT_VOLATILE = "Equal in all that counts: they differ only in {fields}, which never causes an export."
ONLY_CATALOG = "Not exported yet: this item is in your catalog only."
ONLY_EXPORTED = "Gone from your catalog, still exported: its removal was not sent yet."
DIFFERENT = "{fields} between your catalog and what was exported."
ONLY_ORDER = "Nothing but the order differs. Switch off “Ignore order” to see it."
GONE = "It is no longer in your catalog, and its removal was acknowledged. “Exported JSON” shows what was held before."
ADDED_THEN = "Added: the earlier state does not have it."
REMOVED_THEN = "Removed: the later state does not have it."
CHANGED_THEN = "{fields} between the two states."
EQUAL_THEN = "The same in both states, in all that counts."
NEITHER_THEN = "Neither of the two states has this item"

# -- JSON ---------------------------------------------------------------------------------------------------------
TREE = "Tree"
DOWNLOAD_JSON = "Download JSON"
COPY_HINT = "The button in the corner copies it."
NOT_IN_CATALOG = "This item is not in the catalog as last read."
NOT_EXPORTED = "This item was never acknowledged by the destination."
REMOVED = "Its removal was acknowledged. This is what the destination held before."
LARGE = "{size} of JSON: shown without colours."

# -- history and deliveries ---------------------------------------------------------------------------------------
NO_HISTORY = "Nothing of it was ever sent"
NO_HISTORY_NEXT = "Every attempt to send it is listed here, with what had changed and what was answered."
OPERATIONS = {"insert": "Sent for the first time", "update": "Sent", "delete": "Removal sent", "resend": "Sent again"}
OUTCOMES = {
    "accepted": ("Accepted", "ok", "✓"),
    "rejected": ("Rejected", "bad", "✕"),
    "retry": ("Not accepted yet", "warn", "↻"),
    "unknown": ("No answer", "warn", "?"),
    "dead_letter": ("Set aside", "bad", "✕"),
}
MORE_EDITS = "and {edits} more"
OLDER = "Show older ones"
DELIVERY_COLUMNS = (*("Sent", "Outcome", "Feed", "Attempt", "Took", "HTTP", "Answer", "Request id", "Batch", "Run"),)
ATTEMPT_HELP = "How many times this very item had been sent."
TOOK_HELP = "From sending the request to its answer, while its receipt is kept."
DELIVERIES_NOTE = (
    "Every request to {endpoint} that carried it, newest first. Quote the request id when you ask its support."
)

# -- what can be asked for ----------------------------------------------------------------------------------------
COPY_LINK = "Copy link"
COPY_LINK_NOTE = "This address opens exactly what you see. Copy it with the button in its corner."
SUPPORT_BUNDLE = "Support bundle"
SUPPORT_BUNDLE_NOTE = "Versions, settings without secrets, the newest runs and their errors, in one file for support."

# -- downloads ----------------------------------------------------------------------------------------------------
DOWNLOAD = "Download"
DOWNLOAD_LIST = "All of it, whatever the page shows. In the CSV no cell can act as a formula."
FORMATS = {"csv": "CSV", "parquet": "Parquet", "json": "JSON"}
