"""INSPECT: read-only questions on the published copies and the control store, for pages, commands and API alike."""
