"""The words of the pages about runs."""

from __future__ import annotations

RUN_HELP = "The end of its id. A row leads to its run."
STARTED_HELP = "Times in {zone}."
VIEW_TABLE, VIEW_TIMELINE = "Table", "Timeline"
SHOW = "Show"
FILTER_STATUS = "Status"
FILTER_TRIGGER = "Trigger"
FILTER_FEED = "Feed"
ALL_FEEDS = "All feeds"
FILTER_SINCE = "From"
FILTER_UNTIL = "Until"
WITH_WORK = "Hide runs with nothing to send"
CLEAR = "Clear all"
NO_MATCH = "No run matches these filters"
NO_MATCH_NEXT = "Take a filter away, or look at all runs."
CHART_SENT = "Items accepted, rejected and waiting, run by run"
CHART_SECONDS = "Duration, run by run"
CHART_WORDS = "{runs}: accepted, rejected and waiting items of each, oldest first. The most in one run: {most}."
CHART_SECONDS_WORDS = "Duration of each of {runs}, oldest first. The longest: {most}."
CHART_KEY = (("accent", "accepted"), ("bad", "rejected"), ("warn", "waiting"))
TIMELINE_NOTE = "Runs, and between them what people asked for, newest first."
TIMELINE_ONLY_RUNS = "The runs that match these filters, newest first. What people asked for stands here without them."
TIMELINE_MORE = "The newest {most} are shown; choose dates for older ones."
ACTIONS = {
    "request sync": "Asked for",
    "start request now": "Started a request now",
    "cancel request": "Took a request back",
    "approve run": "Approved removals",
    "refuse run": "Refused removals",
    "force deletes": "Forced removals",
    "pause run": "Paused a run",
    "resume run": "Resumed a run",
    "cancel run": "Cancelled a run",
    "pause schedule": "Paused the schedule",
    "resume schedule": "Resumed the schedule",
    "touch": "Named products that changed",
    "test connections": "Tested the connections",
    "change noise": "Changed which fields cause a send",
    "reconcile": "Compared with the destination",
    "maintain": "Maintenance",
    "repair": "Repaired the data directory",
}
PLAIN_SUBJECTS = frozenset({"schedule", "connections", "catalog", "data directory", "exported"})
FIRST_AT = "The first sync starts at {at}, {within}. To start it now, run this in a terminal:"
ON_PAGE = "{first}–{last} of {total}"

TO_COME = "To come"
TO_COME_NOTE = "What was asked for and has not begun. Settings lets it start now, or takes it back."

BACK = "All runs"
NO_RUN = "No run is chosen"
NO_RUN_NEXT = "Choose one from the list of runs."
NOTHING_WAS_SENT = "Nothing was sent"
DRY_RUN_NOTE = "This was a dry run: these are the counts of what a sync would have sent."
STEPS = "Steps"
STEP_STATES = {
    "done": ("✓", "ok", "done"),
    "active": ("●", "busy", "in progress"),
    "failed": ("✕", "bad", "failed"),
    "held": ("!", "warn", "held for review"),
    "stopped": ("–", "idle", "stopped"),
    "left_out": ("–", "idle", "not needed"),
    "open": ("○", "idle", "to come"),
}
FAILED_LEFT_OUT = "not reached"
NUMBERS = "In numbers"
NUMBERS_NONE = "This run ended before it planned anything."
BY_FEED = "By feed and destination"
ERRORS = "By cause"
ERRORS_NONE = "No item was refused."
ERRORS_FILE = "Download the refused items"
FIELDS = "Changes per field"
FIELDS_WORDS = "In how many changed items each field differed, the most first"
ITEMS = "Items"
ITEMS_NONE = "None."
ITEMS_OF_FEED = "Only those of the feed {feed}."
ITEMS_OF_ALL = "Show all feeds"
ITEM_COLUMNS = {  # with the class of their cells
    "Feed": "",
    "Destination": "",
    "Item": "cs-long",
    "Outcome": "",
    "Fields": "cs-long",
    "HTTP": "cs-num",
    "Message": "cs-said",
}
SETTINGS = "Settings of this run"
SETTING_COLUMNS = ("Setting", "Value", "From")
SETTINGS_NONE = "The settings of this run were not kept."
SETTINGS_NOTE = "As they were when it started, and where each came from. Secrets are masked."
LOG = "Log"
LOG_NONE = "The end of the log file has no line of this run."
LOG_NO_FILE = "With a file in the setting log.file, the log lines of each run stand here."
LOG_FILTER = "Show lines with"
LOG_NO_MATCH = "No line of this run holds that text."
LOG_LEFT_OUT = "{count} earlier lines are left out. The support bundle holds more of the file."
RUN_JSON = "Run as JSON"
ITEMS_FILE = "Download these items"
DOWNLOAD_NOTE = "All of the list. In the CSV no cell can act as a formula."
ATTENTION = "{items} need attention"
SERVES = "{what}. Asked for by {by}, {at}."
HELD_BELOW = "Look at them below, then approve or refuse."
CAUSES_BELOW = "They stand below, by cause."
PAUSED_NOW = "Paused by {by}, {when}: it stands still until somebody resumes it."
LIVE_NOTE = "This page follows the run by itself."

CANCEL = "Cancel this run"
PAUSE = "Pause"
RESUME = "Resume"
ASKED = {
    "cancel": "Asked to end by {by}, {when}: it stops after the batches under way.",
    "pause": "Asked to pause by {by}, {when}: it stands still after the batches under way.",
}
WHICH_ITEMS = "Which items"
WHICH_ITEMS_NOTE = "As the catalog and the destination were then: of each feed and kind of change the first {most}."
WHICH_ITEMS_GONE = "What the catalog and the destination held then is not kept any more; the counts stand above."
PLAN_COLUMNS = ("Feed", "Destination", "Item", "Change")
CHANGES = {"added": "+ Added", "changed": "~ Changed", "removed": "− Removed"}
COST_COLUMNS = ("Feed", "Destination", "Items", "Requests", "Size")
COST = "What a sync would send, in requests and bytes"
ONLY_OPERATORS = "Only operators may do this."

TABS = {
    "added": "Added",
    "changed": "Changed",
    "removed": "Removed",
    "resent": "Sent again",
    "rejected": "Rejected",
    "waiting": "Waiting",
}
OUTCOME_TONES = {"accepted": "ok", "rejected": "bad", "retry": "warn", "unknown": "warn"}
OUTCOMES = {"accepted": "✓ Accepted", "rejected": "✕ Rejected", "retry": "↻ Retry", "unknown": "? Unknown"}
