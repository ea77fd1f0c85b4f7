"""The words of the Status page's answers: its one sentence, its tiles, what each number counts."""

from __future__ import annotations

# the one sentence: what stands in the way of coming syncs, then how the data stands
STOPPED = ("!", "warn", "Sync not running: nothing syncs by itself.")
STALE = ("!", "warn", "The last successful sync was {age}: the data is older than your schedule allows.")
DATA = {
    "in_sync": ("✓", "ok", "The destination holds exactly what your catalog said when it was last read{read}."),
    "waiting": ("…", "busy", "{waiting} with the next sync. Everything else is as your catalog was last read{read}."),
    "attention": ("!", "warn", "{stuck}: the destination does not hold them as your catalog says."),
    "held": ("!", "warn", "{held} held for review: nothing of {feeds} is sent until somebody decides."),
}
BUSY = ("●", "busy", "A sync is in progress. This page follows along by itself.")
UNREACHABLE = ("✕", "bad", "Your catalog could not be read: showing the state of {state_of}.")
FAILED_IN_PART = (
    "✕",
    "bad",
    "The last sync failed: {accepted} of {sent} arrived; the destination keeps what it had of the rest.",
)
FAILED = ("✕", "bad", "The last sync did not go through: the destination keeps what it had. {reason} {hint}")

# what each number counts
PRODUCTS_SYNCED = (
    "Products in the last exported state, counted by SKU: acknowledged by the destination and not removed since. "
    "After the first sync only what changed is sent."
)
ATTENTION = (
    "Feed items of all feeds that stay as they are until somebody acts: refused by the destination, set aside because "
    "they could not be compiled, or held for review."
)
EQUATION = {
    "in catalog": "Feed items of your catalog, as this run compared them with what was exported.",
    "unchanged": "Their content hash is the one that the destination acknowledged: they are not sent again.",
    "added": "In your catalog, and not held by the destination.",
    "changed": "Held by the destination with another content hash.",
    "skipped": "Left alone: refused before and not changed since, or held for review.",
    "sent": "Planned to be sent: added + changed + removed + sent again.",
    "accepted": "A receipt of the destination says that it took them.",
    "rejected": "Refused by the destination, or by its declared limits before anything was sent.",
    "waiting": "Not acknowledged yet: a coming sync sends them.",
}

SEE_PRODUCTS = "See them"
SEE_UPDATED = "See what was updated"
SEE_REFUSED = "Refused products"
SEE_WAITING = "Waiting products"
SEE_DISCREPANCIES = "Discrepancies"
DISCREPANCIES = ("data discrepancy", "data discrepancies")
DISCREPANCIES_HELP = "Feed items that differ for longer than one sync window, or that no sync sends by itself."
REVIEW = "Review what is held"
HELD_BY_DESTINATION = "held by the destination"
SINCE_BEFORE = "since the run before"

ON_SCHEDULE = ("On schedule", "ok", "✓")
DELAYED = ("Delayed", "warn", "!")
DELAYED_WHY = "no sync succeeded for more than one interval and ten minutes"
ENGINE_OVERDUE = "Sync not running: the last success was {age}"
SUCCEEDED = "last success"
NOTHING_BY_ITSELF = "Nothing syncs by itself: below is what to look at."

NUMBERS_OF = "Run of {at}."
NUMBERS_OF_EARLIER = "Run of {at}, the last one that got as far as comparing; the newest ended before."

FEEDS_HELP = "Column descriptions"
COLUMNS = {
    "Feed": "One stream of items: products, prices, categories …",
    "Destination": "Where the items go.",
    "Status": "What the newest run that touched the feed ended with.",
    "Source Records": "Live items of your catalog, as last compiled.",
    "Successfully Sent Records": "Items the destination acknowledged and holds.",
    "Failed Records": "Items it refused, or that could not be sent, as they are now.",
    "Unchanged": "Items the last run compared and found as they were: they are not sent again.",
    "Waiting": "Items that differ from what was exported and are not refused: a coming sync sends them, those held for "
    "review after a decision.",
    "Last Exported": "When an item of the feed was last acknowledged.",
    "Duration": "How long the last run took to send this feed; – when it had nothing to send.",
    "Size": "Source records over the last runs, oldest first.",
}
COUNT_COLUMNS = (
    *("Source Records", "Successfully Sent Records", "Failed Records", "Unchanged", "Waiting", "Duration"),
    "Products updated",
)
FEEDS_ROW = "A row leads to the runs of its feed, and each number to the items that it counts."
NOT_RUN_YET = "Not run yet"
RUN_COLUMNS = ("Started", "Status", "Duration", "Mode", "Trigger", "Products updated", "What happened")
FEEDS_COLUMNS = "\n".join(f"- **{name}**: {text}" for name, text in COLUMNS.items()) + f"\n\n{FEEDS_ROW}"

# before the first sync
FIRST_RUN_TITLE = "No sync has run yet"
FIRST_RUN_TEXT = "Four steps, and this page shows what your destination holds."
FIRST_STORE, FIRST_DESTINATION = "A store to read", "A destination to serve"
FIRST_TEST, FIRST_SYNC = "The connections tested", "The first sync"
FIRST_STORE_DEMO = "The embedded demo store is used until you name your own."
FIRST_DESTINATION_DEMO = "The embedded demo services are used until you name your own."
FIRST_SPACE = "{name}: data space `{space}`, environment `{environment}`"
NOT_SET = "not set"
FIRST_TEST_DEMO = "The demo runs on this machine: there is nothing to test."
FIRST_TEST_NONE = "Not tested yet: `catalog-sync doctor` does, or “Test connection” in Settings while the engine runs."
FIRST_TEST_GOOD = "Tested {when}: everything answered."
FIRST_TEST_BAD = "Tested {when}: {check} failed. {sentence} {hint}"
FIRST_SYNC_NOW = "Run this in a terminal. This page follows along by itself."
FIRST_SYNC_PLANNED = "It starts at {at}, {within}. To start it now, run this in a terminal:"
