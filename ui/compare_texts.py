"""The words of the comparison of two runs or times."""

from __future__ import annotations

NAV = "Compare"
TITLE = "What changed between two runs or times"
SUB = "Two states of your catalog, or of what was exported, compared item by item and field by field."
FROM = "From"
TO = "To"
MOMENT_HELP = "A run, or a time such as 2026-05-04T11:17 (UTC unless it says), typed in."
SIDE = "Side"
SIDES = {"catalog": "Your catalog", "exported": "What was exported"}
FEED = "Feed"
ALL_FEEDS = "All feeds"
COMPARE = "Compare"
WORKING = "Comparing the two states …"
CHOOSE = "Choose two runs or times"
TOO_FEW = "There is nothing to compare yet"
TOO_FEW_NEXT = "Two runs that ended are needed. Run a sync, and another one after the catalog has changed."
BETWEEN = "From {before} to {after}"
NOTHING = "Nothing changed"
NOTHING_NEXT = "Both states hold the same items with the same content."
ADDED, CHANGED, REMOVED, UNCHANGED = "Added", "Changed", "Removed", "Unchanged"
BY_FEED = "By feed"
BY_FEED_NOTE = (
    "Before = unchanged + changed + removed. After = unchanged + changed + added. Choose a row to see its items."
)
BY_FIELD = "Changed fields"
ITEMS = "Items"
MOST_ITEMS = "The first {most} of each feed are listed; Download has more."
DOWNLOAD_NOTE = (
    "The items that changed, of every feed shown, up to {most} of each, with their fields. In the CSV no cell can "
    "act as a formula."
)
CHOOSE_ITEM = "Choose an item to see what it was and what came of it."
OPEN_ITEM = "Open the item"
OPERATIONS = {"added": "+ Added", "changed": "~ Changed", "removed": "- Removed"}
SUBJECT = "the comparison"
