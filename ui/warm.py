"""What a server does once before its first page: import what pages need, and set it apart from what is collected.

Streamlit collects garbage after every run of a page, through all objects there are, and nobody else gets to work
meanwhile. Nearly all of them are modules, which stay: without them a collection takes no time worth telling.
"""

from __future__ import annotations

import gc
from importlib import import_module

# with what these import, everything but the pages themselves; pandas is what Streamlit draws tables with
_PARTS = (
    "pandas",
    "ui.bootstrap",
    "ui.compare_blocks",
    "ui.discrepancy_list",
    "ui.item_blocks",
    "ui.product_results",
    "ui.product_why",
    "ui.run_list",
    "ui.settings_resync",
    "ui.settings_sections",
    "ui.status_blocks",
)


def warm() -> None:
    """Import the parts of the pages; later collections look only at what was made after this."""
    for name in _PARTS:
        import_module(name)
    gc.collect()
    gc.freeze()
