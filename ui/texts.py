"""Every word the app says, in one place. Words of the product's own documentation are kept as they are."""

from __future__ import annotations

APP = "Catalog Sync"

# -- navigation ---------------------------------------------------------------------------------------------------
NAV_STATUS = "Status"
NAV_PRODUCTS = "Synced products"
NAV_RUNS = "Runs"
NAV_SETTINGS = "Settings"
NAV_RUN = "Run detail"
NAV_PRODUCT = "Product detail"

# -- every page ---------------------------------------------------------------------------------------------------
DEMO_MARK = "Demo"
DEMO_BOTH = (
    "This is the embedded demo: the store and the services run on this machine and their data is made up. "
    "README.md says how to name a real store."
)
DEMO_SOURCE = (
    "The catalog is that of the embedded demo store: its data is made up. Set `source.url` to read a real one."
)
DEMO_DESTINATION = "Nothing leaves this machine: the destination is the embedded demo. Set `destination.url` to send."
COULD_NOT_READ = "Could not read {what}."
SUPPORT_DETAILS = "Details for support"
SUPPORT = "Catalog Sync {version} · {code} · {reference} · {at}"
UNEXPECTED = "Something unexpected happened; the app's log has the details under the reference below."
NOT_CONFIGURED = "The settings are not usable"
ENGINE_RUNS = "Engine running"
ENGINE_SYNCING = "Syncing now"
ENGINE_STOPPED = "Sync not running"
STOPPED_SINCE = ", stopped {when}"
ENGINE_COMMAND_SYNCS = "A command is syncing"
ENGINE_SILENT = "Sync not running: the engine does not respond"
NO_SYNC_YET = "No sync yet"
NO_PULSE = "The state of the engine cannot be read"
UPDATED_AGO = "Updated {age} ago"
UPDATED_NOW = "Updated just now"
PAUSED = "Schedule paused"
PAUSED_NOTE = "by {by}, {when}: {reason}. No sync starts by itself until it is resumed in Settings."
NEWER_DATA = "Newer data: refresh"
WHAT_COUNTS = "What is counted"
SCOPE = "Scope"
ALL_SCOPES = "All store views"
SCOPE_WEBSITE = "Website {website}"
SCOPE_VIEW = "{store_view} · {website}"

# -- access -------------------------------------------------------------------------------------------------------
SIGN_IN_TITLE = "Sign in to see Catalog Sync"
SIGN_IN_TEXT = "Your organisation's sign-in page opens, and brings you back."
SIGN_IN = "Sign in"
SIGN_OUT = "Sign out"
NO_ROLE = "You are signed in, and have no role here"
NO_ROLE_NEXT = (
    "{name} is in none of the groups that may look. An administrator names them in `access.viewers`, "
    "`access.operators` or `access.admins`."
)
NO_PROXY_USER = "The proxy in front of this app did not say who you are."
NO_PROXY_USER_NEXT = (
    "Come through the proxy. Its address must be one of `access.proxies`, and it must send the header that "
    "`access.user_header` names."
)
NOT_LOCAL = "This app listens beyond this machine, and nobody is asked who they are."
NOT_LOCAL_NEXT = "Set `access.mode` to oidc or proxy, or listen on 127.0.0.1. `ui.allow_remote` lets everybody in."
ONLY_OPERATORS = "Your role is viewer: operators may do this."

# -- status -------------------------------------------------------------------------------------------------------
STATUS_TITLE = APP
LAST_SYNC = "Last sync"
PRODUCTS_SYNCED = "Products synced"
NEXT_SYNC = "Next sync"
NEEDS_ATTENTION = "Needs attention"
NOTHING_CHANGED = "Nothing changed since {at}. That is normal."
NOTHING_NEEDED = "Nothing. Every product is where it should be."
SYNC_COMMAND = "catalog-sync sync"
ENGINE_COMMAND = "catalog-sync engine"
FEEDS = "Feeds"
NUMBERS = "The last run in numbers"
NUMBERS_HELP = "Counted in feed items: one product has an item per store view, and prices and attributes are items too."
RECENT_RUNS = "Recent runs"
ALL_RUNS = "All runs"

ENDED_WHY = "{how} at {at}: nothing syncs by itself until it is started again."
COMMAND_ENDED_WHY = "No engine is running; the last to sync was a single command, which ended at {at}."
NOT_RUNNING_WHY = {
    "never": "No engine has ever run here: syncs happen only when somebody starts one.",
    "stopped": "The engine's process is gone without having ended by itself: it was killed, or its machine restarted.",
    "silent": "The engine should be there, and its heart does not beat: it hangs, or its machine is gone.",
    "running": "The engine runs, and no sync has ended well for more than two intervals.",
    "syncing": "A sync is in progress.",
    "command": "A single command syncs now; no engine runs, so no further sync is planned.",
}
HEARTBEAT = "Last heartbeat"
LOCK_HOLDER = "Lock holder"
LAST_ERROR = "Last error"
HOLDER = "{kind}, process {pid} on {host}, since {since}"
HOLDER_GONE = "nobody; the last was {kind}, process {pid} on {host}, since {since}"
SCHEDULE = "every {every}, at minute {at}"
NO_WINDOW = "none is planned; the schedule is {plan}"
START_ENGINE = "Start it in a terminal, or as a service, and this page follows by itself:"
RESTART_ENGINE = "End that process and start the engine again; it goes on where it was:"
SYNC_FAILED = "Sync failed"
SYNC_HELD = "Sync failed: held for review"
SEE_WHAT_FAILED = "See what failed"
REVIEW_HELD = "Review the held deletes"
NO_REASON = "No reason was recorded."
CAUSES = "Causes, the most frequent first"
CAUSE_COLUMNS = ("Items", "Feed", "Outcome", "Message", "HTTP", "Samples")
FRESHNESS = "Freshness over the last week"
FRESHNESS_NOTE = "How old the exported data was, hour by hour; a sync that succeeds makes it new."
FRESHNESS_WORDS = "Age of the exported data over the last 7 days: at most {worst}, now {now}."
FRESHNESS_LIMIT = "{age}: two intervals"
FRESHNESS_NONE = "The picture begins with the first successful sync."
FRESHNESS_SHARE = "{share} of the time within two intervals of the schedule. The oldest it ever was: {worst}."
FRESH_KEY = (("ok", "on schedule"), ("warn", "delayed"), ("bad", "older than two intervals"))
SENT_SPARK = "Items accepted by each of the last {runs}, oldest first"
TIME_LEFT = "about {time} left"
WATCH_RUN = "Watch this run"
SCOPED = (
    "Counted for {scope}: products synced, what needs attention, and the records of the feeds that belong to a store "
    "view or website. A sync always covers all of them, so everything about runs is of all store views."
)
OF_ALL = "All store views."
WHOLE_FEEDS = "{feeds} belong to no store view and count whole. Status, Unchanged, Size and Duration are of whole runs."

# -- synced products ----------------------------------------------------------------------------------------------
PRODUCTS_TITLE = "Synced catalog products"
PRODUCTS_SUB = {
    "synced": "What the destination has acknowledged. Choose a row to see the product's data and what differs.",
    "catalog": "What your store holds as last read, whether it was exported or not.",
}
SIDE_SYNCED = "Synced products"
SIDE_CATALOG = "Store catalog"
SEARCH = "Search"
SEARCH_HINT = "Name, SKU or ID"
TYPE = "Type"
VISIBILITY = "Visibility"
STATE = "State"
SORT = "Sort by"
TICK, TICK_ALL = "Select {name}", "Select all rows of this page"
TICKED, UNTICK = "{count} selected", "Clear selection"
ROWS = "Rows"
NO_MATCH = "No product matches “{text}”"
NO_MATCH_FILTERS = "No product matches these filters"
NO_PRODUCTS_SYNCED = "No product has been synced yet"
NO_PRODUCTS_SYNCED_NEXT = "The first sync fills this list. Run it in a terminal:"
NO_PRODUCTS_CATALOG = "The store catalog has not been read yet"
OTHER_SIDE = {
    "synced": "In the store catalog there are {matches}.",
    "catalog": "In the synced products there are {matches}.",
}
OTHER_SIDE_EMPTY = {"synced": "Nor does any in the store catalog.", "catalog": "Nor does any synced product."}
SHOW_OTHER_SIDE = {"synced": "Search the store catalog", "catalog": "Search the synced products"}
CLEAR = "Clear all"

# -- product detail -----------------------------------------------------------------------------------------------
BACK = "Back to results"
TAB_DIFF = "Diff"
TAB_CATALOG = "Catalog JSON"
TAB_EXPORTED = "Exported JSON"
FEED = "Feed"
NO_SKU = "No product is chosen"
NO_SKU_NEXT = "Choose one from the list of synced products."
UNKNOWN_SKU = "No product has the SKU “{sku}”"
UNKNOWN_SKU_NEXT = (
    "It is neither in the catalog as last read nor in what was exported. "
    "Check the spelling, or search the store catalog."
)
DIFF_LEFT = "In your catalog"
DIFF_RIGHT = "Exported"
DIFF_BEFORE = "Before"
DIFF_AFTER = "After"
DIFF_ONLY_LEFT = "only in your catalog"
DIFF_ONLY_RIGHT = "only in the export"
DIFF_ONLY_BEFORE = "only before"
DIFF_ONLY_AFTER = "only after"
DIFF_FOLDED = "{} equal lines"
DIFF_LEFT_OUT = "{} more lines are not shown: copy the JSON from the other tabs for all of it."
NOT_IN_CATALOG = "This item is not in the catalog as last read."
NOT_EXPORTED = "This item was never acknowledged by the destination."

STATES = {
    "in_sync": ("In sync", "ok", "✓"),
    "waiting": ("Waiting for next sync", "busy", "…"),
    "not_exported": ("Not exported", "idle", "○"),
    "rejected": ("Rejected", "bad", "✕"),
    "retry": ("Retry scheduled", "warn", "↻"),
    "unknown": ("Outcome unknown", "warn", "?"),
    "dead_letter": ("Set aside", "bad", "✕"),
    "removed": ("Removed", "idle", "–"),
}
SHORT_STATES = {"waiting": "Waiting", "retry": "Retry", "unknown": "Unknown"}  # for a column of a table

# -- runs ---------------------------------------------------------------------------------------------------------
RUNS_TITLE = "Runs"
RUNS_SUB = "Every sync and resync, newest first. Counts are feed items; choose a run for its feeds."
NO_RUNS = "No run yet"
RUN_STATUSES = {
    "In Progress": ("busy", "●"),
    "Success": ("ok", "✓"),
    "Failed": ("bad", "✕"),
    "Held for review": ("warn", "!"),
    "Cancelled": ("idle", "–"),
    "Skipped": ("idle", "–"),
    "Queued": ("idle", "…"),
    "Requested": ("idle", "…"),
}
TRIGGERS = {"cli": "CLI", "schedule": "Schedule", "resync": "Resync", "retry": "Retry", "event": "Event"}
MODES = {"changes": "Changed only", "resync": "Resync"}
DRY_RUN = "Dry run"

# -- resync -------------------------------------------------------------------------------------------------------
RESYNC = "Resync"
WHEN_FREE, WITH_WINDOW = "When the engine is free", "With the next window"
RESYNC_PRODUCT = "Resync this product"
RESYNC_SELECTION = "Resync selected"
RESYNC_REFUSED_LABEL = "Retry rejected"
RESYNC_ONE = "Sends {sku} again {where} that it is part of, whatever was sent before."
RESYNC_MANY = "Sends {products} products again {where} that they are part of, whatever was sent before."
RESYNC_REFUSED = "Sends again, unchanged, what the destination refused {where}. That helps when the cause was there."
RESYNC_READ_FIRST = "Read it from the store first"
RESYNC_READ_FIRST_HELP = "Off: the data already read is sent as it is (`no-reindex`)."
RESYNC_DRY = "Dry run"
RESYNC_DRY_HELP = "Plans and counts, and sends nothing."
RESYNC_TOO_MANY = (
    "One request names at most {most} products. Narrow the selection, or resync the whole feed in Settings."
)
RESYNC_NOTHING = "Nothing is selected."
START_NOW = "Start now"
CANCEL_REQUEST = "Cancel request"
TOO_LATE = "It is too late for that: the request was taken or ended meanwhile."
SIGNED_OUT = "You are not signed in any more."
SIGNED_OUT_NEXT = "Load the page again to sign in."
RESYNC_WINDOW = (
    "Commerce syncs your catalog during the next scheduled sync window, {at} ({until}). "
    "Depending on the size of your catalog, this operation can take a long time."
)
RESYNC_WINDOW_UNKNOWN = (
    "Commerce syncs your catalog during the next scheduled sync window. "
    "Depending on the size of your catalog, this operation can take a long time."
)
RESYNC_STARTS = "It starts as soon as the engine is free: within seconds, or after the run that is in progress."
RESYNC_PAUSED = "It waits: {by} has paused the schedule ({reason}). “Start now” starts it all the same."
RESYNC_RUNS = "It is in progress now."
RESYNC_NO_ENGINE = "It waits: no engine is running. `catalog-sync engine` starts one, which serves it."

# -- settings -----------------------------------------------------------------------------------------------------
SETTINGS_TITLE = "Catalog Sync Settings"
SETTINGS_SUB = "Resync, decide what is held for review, and see what is set. Values are set by whoever runs the engine."
RESYNC_DATA = "Resync Data"
RESYNC_WARNING = (
    "Forcing a resync triggers a resync of your entire product catalog, which can increase load on hardware resources."
)
WHAT = "What"
WHAT_ALL = "All feeds"
WHAT_FEEDS = "Chosen feeds"
WHAT_SKUS = "SKU list"
FEED_ORDER = "Sent in this order"
SKU_LIST = "SKUs"
SKU_LIST_HINT = "One SKU a line"
SKU_LIST_HELP = "At most 10,000. On a single line, commas part them."
MODE = "Mode"
MODE_REINDEX = "Read and resend"
MODE_COMPARE = "Compare first"
MODE_NO_REINDEX = "No-reindex"
MODE_CAPTIONS = {
    "reindex": "Reads the catalog and sends all of it again, whatever was sent before.",
    "compare": "Reads the whole catalog and sends only what differs from what was exported.",
    "no-reindex": "Resends the existing data as it was compiled last, without reading the store.",
}
SERVED_AT = "Next sync window: {at}, {within}. Engine seen {seen}."
SERVED_PAUSED = "The schedule is paused: what is asked for waits until it is resumed or started. Engine seen {seen}."
SERVED_SOON = "The engine has not named its next window yet. Engine seen {seen}."
SERVED_NEVER = "No engine is running: what is asked for waits until `catalog-sync engine` is started."
UNKNOWN_SKUS = "{skus} in the catalog as last read, such as {first}. Check the spelling."
UNDERSTAND = "I understand"
TICK_FIRST = "Say what is to be sent, and tick “I understand”."
CHOOSE_FEEDS = "Choose one feed at least."
NAME_SKUS = "Name one SKU at least, and 10,000 at most."
IN_EVERY_FEED = "in every feed that they are part of"
ESTIMATE_NOTHING = "Nothing has been read yet: the first sync sends everything."
ESTIMATE_NOTHING_DIFFERS = "Nothing differs by the catalog as last read; what changed since is found by reading it."
ESTIMATE_DIFFERING = ". That is what differs by the catalog as last read; what changed since comes to it."
QUEUE = "Requests"
QUEUE_COLUMNS = ("Requested", "By", "What", "State", "Run", "Ended")
QUEUE_EMPTY = "Nothing was asked for yet. The engine serves requests in their order."
HELD_TITLE = "Held for review"
HELD_NOTE = (
    "A sync would have removed unusually much, so it stopped and sent nothing of these feeds. Look at what would go, "
    "then decide."
)
HELD_WHICH = "Which items"
HELD_ALL = "All of them, in Discrepancies"
HELD_BACK_AGAIN = "The catalog has these items again: the next sync removes nothing of them."
HELD_APPROVED = "Approved: just these removals go out with the next sync."
APPROVE = "Approve"
APPROVE_ASK = (
    "The destination is told to remove these items, with the next sync. Just this set: another one is held again."
)
APPROVE_DO = "Approve these removals"
REFUSE = "Refuse"
REFUSE_ASK = "The items stay at the destination, and are not offered for removal again until the set changes."
REFUSE_DO = "Refuse these removals"
SEE_RUN = "See the run"
SECTION = "Section"
SECTION_CONNECTION = "Connection"
SECTION_FEEDS = "Feeds"
SECTION_SCHEDULE = "Schedule"
SECTION_SAFETY = "Safety"
SECTION_RETENTION = "Retention"
SECTION_NOTIFICATIONS = "Notifications"
SECTION_ACCESS = "Access"
SECTION_ABOUT = "About"
SETTING_COLUMNS = ("Setting", "Value", "From")
SOURCE_DEFAULT = "default"
NO_SETTINGS = "There is nothing to set here."
ALL_DEFAULTS = "Everything here is at its default."
DEFAULTS = "Settings at their default"
SOURCE_READ = "Catalog from"
DESTINATION = "Destination"
LAST_READ = "Catalog last read"
TEST_CONNECTION = "Test connection"
TEST_PENDING = "Asked for: the engine tests it within seconds, or after the run that is in progress."
TEST_NO_ENGINE = "No engine is running to make the test. In a terminal, `catalog-sync doctor` makes it."
TEST_COLUMNS = ("Connection", "Result", "What was found", "Took")
FEED_ON = "On"
FEED_OFF = "Off in the settings"
FEED_NOT_OFFERED = "The store does not offer it"
FEED_NOT_READ = "On, not read yet"
FEED_COLUMNS = ("Feed", "State", "Identity", "In catalog", "Exported", "Waiting", "Rejected")
YOU_ARE = "You are"
ROLE = "Role"
AUDIT = "Audit: who asked for what, and who was refused"
AUDIT_COLUMNS = ("At", "Who", "What", "Subject")
AUDIT_EMPTY = "Nobody has asked for anything yet."
SYSTEM = "System"
LICENCE = "Licence"
LICENCE_NOT_STATED = "none stated by this installation"
DATA_DIR = "Data directory"
DATA_SIZE = "It takes"
SIZE_COLUMNS = ("Part", "Size")
BUILT_ON = "Built on, with their licences"
COMPONENT_COLUMNS = ("Package", "Version", "Licence")
NEXT_WINDOW = "Next sync window"
NEXT_WINDOWS = "The windows after it"
EVERY = "Interval"
PAUSED_SCHEDULE = "Paused"
PAUSED_BY = "{by} paused the schedule {when}: {reason}. No sync starts by itself; what is started now still runs."
PAUSE = "Pause the schedule"
PAUSE_REASON = "Why"
PAUSE_REASON_HINT = "For those who wonder, such as: import of the spring collection until 16:00"
PAUSE_NEEDS_REASON = "A pause needs a reason. Say why, for those who wonder."
PAUSE_DO = "Pause"
RESUME = "Resume the schedule"
RESUME_NEXT = "What was missed is made up for by one sync."
SCHEDULE_NO_ENGINE = "No engine is running, so no window comes. This starts one:"
