"""The words of the page that answers *Data discrepancy*."""

from __future__ import annotations

TITLE = "Data discrepancy"
NAV = "Discrepancies"
SUB = "Where the destination does not hold what your catalog says: which fields, since when, and what to do."

ONLY_CATALOG = "Only in your catalog"
ONLY_EXPORTED = "Only in the export"
DIFFERENT = "Different values"
MATCH_SCORE = "Match score"
KINDS = {"only_catalog": ONLY_CATALOG, "only_exported": ONLY_EXPORTED, "different": DIFFERENT}
KIND_HELP = {
    "only_catalog": "In your catalog as last read, and the destination never acknowledged it.",
    "only_exported": "The destination holds it, and your catalog does not have it any more.",
    "different": "Both have it, and the content that counts is not the same on both sides.",
}
SHOW = "Show them"
SHOWN = "Shown below"
FORMULA = "{equal} equal of {total} that either side holds"
FORMULA_HELP = "Match score = {formula}, counted in feed items."
AS_OF = "Catalog as of {catalog} · export as of {exported} · counted in feed items."
SCOPED = (
    "Counted for {scope}. The feeds {of_website} have no store views: of them the whole website counts. "
    "{of_none} are the same everywhere and count whole."
)
WAITING = "{items} more changed within the last {minutes} min and go out with the next sync."

TABS = {"items": "Items", "flapping": "Flapping", "hot": "Hot fields"}
COMPARE = "Compare two runs or times"

BY_FIELD = "By field"
BY_FIELD_NOTE = "Choose a row to see its items."
BY_FIELD_CUT = "The fields of {items} were compared; the others are listed without."
FIELD_ITEMS = "Feed items affected."
FIELD_SHARE = "Of the items of its feed whose content differs."
FIELD_CATALOG, FIELD_EXPORTED = "One example.", "The same example."
FIELD_SEEN = "Since when the oldest of them differs."
BY_REASON = "By reason"
BY_FEED = "By feed"
BY_AGE = "By age"
EQUAL_FEEDS = "{feeds} more, without any discrepancy."
NO_FIELDS = "No field differs: what is listed is on one side only."

FILTER_NAMES = {"kind": "Kind", "feed": "Feed", "field": "Field", "reason": "Reason", "age": "Age"}
YOUNG_CHIP = "Older than {age}, or stuck"
YOUNG_OFF = "All ages"
YOUNG_HELP = {
    False: "What changed more recently and goes out with the next sync by itself is left out. Click to see all.",
    True: "Click to leave out what changed recently and goes out with the next sync by itself.",
}
SEARCH_HINT = "SKU, or another part of an item's identity"
CLEAR = "Clear all"
AGES = {"day": "Under a day", "week": "Under a week", "older": "A week and older"}

NONE_OLD = "No discrepancies older than {age}"
NONE_OLD_WAITING = "{items} changed more recently and go out with the next sync{when}."
NONE_OLD_WELL = "The destination holds exactly what your catalog says."
NONE_FILTERED = "Nothing matches these filters"
NONE_FILTERED_NEXT = "{items} without them."
NEVER_SYNCED = "No sync has run yet"
NEVER_SYNCED_NEXT = "After the first one, this page shows where the destination differs from your catalog. Run it:"
SHOW_WAITING = "Show what waits"

ITEMS = "Items that differ"
ITEM_SKU = "Or the identity of an item that belongs to no product."
ITEM_AGE = "Since the catalog has it so, or since it was first tried."
CHOOSE = "Choose a row to see both sides, why it is so, and what to do."
OPEN_PRODUCT = "Open the product"
OPEN_ITEM = "Open the item"
OPEN_RUN = "Run {run}"
REVIEW = "Review what is held"
ACCEPTED_BY = "Last acknowledged {at} by run {run}, request `{request}`."
NEVER_ACKNOWLEDGED = "Never acknowledged by the destination."
TRIED_BY = "Last tried {at} by run {run}, request `{request}`: {answer}."
SINCE = "Since {at} ({ago})."

VERIFY = "Verify now"
VERIFY_NOTE = (
    "Compares your store as it is now with the last snapshot and with what was exported, for up to {most} products at "
    "once. The engine asks the store for just these, and changes nothing."
)
VERIFY_ONE = "Verify this product"
VERIFY_THESE = "Verify these {products}"
VERIFY_FIRST = "Verify the first {products}"
VERIFY_COMMAND = "Or in a terminal, which also asks the destination what it holds:"
VERIFIED = "Verified with the store"
VERIFY_NEVER = "Nothing was verified yet."
VERIFY_OTHER = "The engine makes a check of other products: ask again when it is done."
VERIFY_OTHERS = "Other products were verified since then: verify anew."
VERIFY_ASKED = "{products}, asked for by {by} {ago}."
VERIFY_WAITS = "The engine takes it as soon as it is free: a sync in progress ends first."
VERIFY_RUNS = "The engine is asking the store."
VERIFY_NO_ENGINE = "No engine is running: it answers when `catalog-sync engine` runs. In a terminal you need none:"
VERIFY_AGREE = "Store, snapshot and export agree on {agreeing} of {products}."
VERIFY_LEFT_OUT = "{items} more differ; `catalog-sync verify` lists all."
VERIFY_UNKNOWN = "Neither the store nor the lake knows: {skus}"
VERIFY_MADE = "{products} compared with the live store at {at}, in {took}, asked for by {by}."
VERIFY_OLD = "The catalog was read again since then: verify anew for what holds now."
CLOSE = "Close"
DOWNLOAD_NOTE = "The list as it is filtered: {items}. In the CSV no cell can act as a formula."
RESYNC_THESE = "Resync these {products}"
RESYNC_ALL = "Resync these products"

FLAPPING_NOTE = (
    "Fields of single items that changed at least {least} times in the last {runs} runs and came back to an earlier "
    "value. Often two systems write the same field in turn: find the other one, or leave the field out."
)
FLAPPING_VALUES = "The last ones; the newest is last."
MOST_FLAPPING = "The first {most} of {all}; `catalog-sync changes --flapping` lists all."
NO_FLAPPING = "Nothing flaps"
NO_FLAPPING_NEXT = "No field changed {least} times in the last {runs} runs and came back to an earlier value."
HOT_NOTE = (
    "Fields that caused exports in the last {runs} runs, the most first. Alone: exports that nothing else caused, "
    "which leaving the field out would have saved. Choose a row to see what that would have been."
)
HOT_EXPORTS = "Item exports that it took part in."
HOT_ALONE = "Exports that nothing else caused: without the field, they would not have been."
HOT_ITEMS = "How many items."
NO_HOT = "No field caused an export"
NO_HOT_NEXT = "After the first export, nothing was sent again because a value had changed, in the last {runs} runs."
NOISE = "If {field} of the feed {feed} caused no export"
NOISE_NOTE = (
    "The field stays in the exported data and goes along with every other change. Setting this sends nothing. "
    "In `catalog-sync.toml`:"
)
