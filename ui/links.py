"""The pages by name, for links between them: absolute paths, as the router names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

_PAGES = Path(__file__).resolve().parent.parent / "pages"

STATUS = _PAGES / "status.py"
PRODUCTS = _PAGES / "synced_products.py"
PRODUCT = _PAGES / "product_detail.py"
RUNS = _PAGES / "runs.py"
SETTINGS = _PAGES / "settings.py"
RUN = _PAGES / "run_detail.py"
DISCREPANCIES = _PAGES / "discrepancies.py"
COMPARE = _PAGES / "compare.py"
ITEM = _PAGES / "item.py"
ITEMS_OF_RUN = "#card-items"  # the block of a run's page: brought into sight (in_app_links.js)


def address(name: str, **query: str | Sequence[str]) -> str:
    """The address of a page by its name in the URL, for links in HTML of ours; relative, whatever stands before it."""
    return f"{name}?{urlencode(query, doseq=True)}" if query else name


def item_address(feed: str, feed_id: str, sku: str | None, **more: str) -> str:
    """The address of where an item of a feed is shown: on its product's page, or on one of its own."""
    if sku:
        return address("product", sku=sku, feed=feed, item=feed_id, **more)
    return address("item", feed=feed, id=feed_id, **more)
