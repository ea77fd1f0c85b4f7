"""The router: the menu, the hidden page, and the way between pages."""

from __future__ import annotations

from tests.ui.shop import OpenPage, Shop, html_of
from ui import links


def test_status_is_the_first_page_and_the_others_are_reached_from_it(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop)
    assert "<h1>Catalog Sync</h1>" in html_of(app)
    app.switch_page("../pages/synced_products.py").run()
    assert "<h1>Synced catalog products</h1>" in html_of(app)
    app.switch_page("../pages/runs.py").run()
    assert "<h1>Runs</h1>" in html_of(app)
    assert not app.exception


def test_every_page_that_is_linked_to_exists() -> None:
    assert all(path.is_file() for path in (links.STATUS, links.PRODUCTS, links.PRODUCT, links.RUNS))
