"""What people do with the app, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from syncengine.inspection.runs import recent_runs
from syncengine.inspection.view import CatalogView
from tests.browser.serving import app_server, ask
from tests.ui.shop import Shop

pytestmark = pytest.mark.browser
PATIENCE = 30_000


@pytest.fixture(autouse=True)
def _patient(page: Page) -> None:
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)


def settled(page: Page) -> None:
    """Wait until the app has drawn what it was asked for."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def test_from_the_status_to_what_differs_in_one_product(page: Page, app_address: str) -> None:
    page.goto(app_address)
    expect(page.get_by_role("heading", name="Catalog Sync")).to_be_visible()
    expect(page.get_by_text("Held for review").first).to_be_visible()
    page.get_by_role("link", name="Synced products").click()
    expect(page.get_by_role("heading", name="Synced catalog products")).to_be_visible()

    page.get_by_role("radio", name="Store catalog").click()
    page.get_by_role("searchbox").press_sequentially("birch tray, l")
    expect(page).to_have_url(re.compile(r"side=catalog.*q=birch|q=birch.*side=catalog"))
    expect(page.get_by_text("1–1 of 1 product row")).to_be_visible()
    expect(row(page, 0)).to_contain_text("Birch Tray, large")

    settled(page)
    row(page, 0).get_by_role("cell", name="SKU-002", exact=True).click()  # anywhere on the row
    expect(page).to_have_url(re.compile(r"/product\?.*sku=SKU-002"))
    expect(page.get_by_role("heading", name="Birch Tray, large")).to_be_visible()
    expect(page.get_by_role("tab", name="Diff", selected=True)).to_be_visible()
    differing = page.locator("table.cs-fields tbody tr")
    expect(differing).to_have_count(1)
    expect(differing.first).to_contain_text("name")
    expect(page.locator(".cs-diff tr.cs-changed mark").first).to_have_text(", large")

    page.get_by_role("link", name="Back to results").click()
    expect(page).to_have_url(re.compile(r"/products\?.*q=birch"))
    expect(page.get_by_text("1–1 of 1 product row")).to_be_visible()


def row(page: Page, number: int) -> Locator:
    """A row of the product list, the first is 0."""
    return page.locator("table.cs-products tbody tr").nth(number)


def test_a_search_without_a_match_leads_to_the_other_list(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/products?q=birch+tray%2C+large")
    page.get_by_role("button", name="Search the store catalog").click()
    expect(page).to_have_url(re.compile("side=catalog"))
    expect(page.get_by_role("radio", name="Store catalog")).to_be_checked()
    expect(page.get_by_text("1–1 of 1 product row")).to_be_visible()


def test_every_choice_stays_in_the_url_when_another_is_made(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/products?rows=25")
    page.get_by_role("button", name="Next page").click()
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.get_by_text("26–30 of 30 product rows")).to_be_visible()
    page.get_by_role("searchbox").press_sequentially("SKU-0")
    expect(page).to_have_url(re.compile("q=SKU-0"))
    page.get_by_role("radio", name="Store catalog").click()
    expect(page).to_have_url(re.compile("side=catalog"))
    expect(page.get_by_text("1–25 of 29 product rows")).to_be_visible()
    for kept in ("rows=25", "q=SKU-0", "side=catalog"):
        expect(page).to_have_url(re.compile(kept))
    expect(page).not_to_have_url(re.compile("page="))


def test_folded_lines_open_without_the_server(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/product?sku=SKU-002")
    fold = page.locator("tbody.cs-folded").first
    hidden = fold.locator("tr.cs-equal").first
    expect(hidden).to_be_hidden()
    fold.locator("label").click()
    expect(hidden).to_be_visible()


def test_on_a_phone_the_sides_of_a_diff_stand_below_each_other(page: Page, app_address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_address}/product?sku=SKU-002")
    cells = page.locator(".cs-sides .cs-changed td")
    expect(cells).to_have_count(4)
    settled(page)
    # both in one look: the page may still move
    catalog, exported = cells.evaluate_all("all => [all[1], all[3]].map(one => one.getBoundingClientRect().toJSON())")
    assert exported["y"] < catalog["y"] and exported["x"] == catalog["x"]
    assert max(box["x"] + box["width"] for box in (catalog, exported)) <= 390
    assert page.locator(".cs-diff").evaluate("one => one.scrollWidth - one.clientWidth") == 0


def test_the_switches_of_a_diff_are_in_its_address(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/product?sku=SKU-002")
    page.get_by_text("Only changes", exact=True).click()
    expect(page).to_have_url(re.compile("only_changes=False"))
    page.reload()
    expect(page.locator("tbody.cs-folded")).to_have_count(0)
    expect(page.locator(".cs-changed").first).to_be_visible()
    page.get_by_text("Only changes", exact=True).click()
    expect(page).not_to_have_url(re.compile("only_changes"))


def test_json_can_be_copied(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/product?sku=SKU-002&tab=Exported+JSON")
    shown = page.get_by_test_id("stTabs")
    expect(shown.get_by_test_id("stCode")).to_contain_text('"name": "Birch Tray"')
    shown.get_by_test_id("stCode").hover()
    expect(shown.locator("button[aria-label='Copy to clipboard']")).to_be_attached()


def test_a_click_on_a_column_sorts_the_whole_list_and_is_in_the_url(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/products")
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=name.asc"))
    # 30 products: the names in order begin with the signs, the formula before the letters
    expect(row(page, 0)).to_contain_text(re.compile("<img|=HYPERLINK"))
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=name.desc"))


def test_rows_are_ticked_by_hand_and_by_keys_stay_so_and_are_sent_again(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/products?sort=sku.asc")
    page.get_by_role("checkbox", name="Select SKU-001").click()
    page.get_by_role("checkbox", name="Select SKU-002").focus()
    page.keyboard.press(" ")
    expect(page).to_have_url(re.compile("tick=SKU-001&tick=SKU-002"))
    expect(page.get_by_text("2 products selected")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Select SKU-002")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Select all rows")).to_have_attribute("aria-checked", "mixed")

    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=name.asc.*tick=SKU-001&tick=SKU-002"))
    page.reload()
    expect(page.get_by_role("checkbox", name="Select SKU-001")).to_be_checked()
    page.get_by_role("button", name="Resync selected").click()
    expect(page.get_by_role("dialog").or_(page.get_by_test_id("stPopoverBody"))).to_contain_text("2 products")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Clear selection").click()
    expect(page).not_to_have_url(re.compile("tick="))
    expect(page.get_by_role("checkbox", name="Select SKU-001")).not_to_be_checked()
    page.get_by_role("checkbox", name="Select all rows").click()
    expect(page.get_by_text("30 products selected")).to_be_visible()


def test_a_discrepancy_is_opened_by_keys_and_the_reader_keeps_the_place(page: Page, app_address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 640})
    page.goto(f"{app_address}/discrepancies")
    feed = page.get_by_role("table", name="By feed").get_by_role("link", name="products")
    feed.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("feed=products"))
    expect(feed).to_have_attribute("aria-current", "true")
    expect(feed).to_be_focused()

    settled(page)
    item = page.get_by_role("table", name="Items that differ").get_by_role("link", name="SKU-002")
    item.focus()
    before = page.get_by_test_id("stMain").evaluate("one => one.scrollTop")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("feed=products.*item=products"))
    expect(item).to_have_attribute("aria-current", "true")
    expect(item).to_be_focused()
    expect(page.get_by_role("heading", name="SKU-002")).to_be_in_viewport()
    assert page.get_by_test_id("stMain").evaluate("one => one.scrollTop") >= before

    page.get_by_role("checkbox", name="Select SKU-002, products").click()
    expect(page.get_by_text("1 item selected")).to_be_visible()
    page.go_back()
    expect(page).not_to_have_url(re.compile("item="))
    feed.click()
    expect(page).not_to_have_url(re.compile("feed="))


def test_a_list_that_is_come_back_to_stands_where_it_was_left(page: Page, app_address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 640})
    page.goto(f"{app_address}/products?sort=sku.asc")
    settled(page)
    row(page, 25).get_by_role("link").focus()
    left = page.locator(".cs-list").evaluate("one => one.scrollTop")
    assert left > 0
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/product[?]"))
    expect(page.locator(".cs-product")).to_be_visible()
    page.go_back()
    expect(row(page, 25).get_by_role("link")).to_be_focused()
    assert page.locator(".cs-list").evaluate("one => one.scrollTop") == left


def test_links_of_the_app_are_followed_without_loading_it_anew(page: Page, app_address: str) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url) if request.resource_type == "document" else None)
    page.goto(f"{app_address}/products?q=SKU-00&sort=sku.asc")
    settled(page)
    row(page, 2).get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cedar Bowl")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(f"{app_address}/products?q=SKU-00&sort=sku.asc")
    expect(page.get_by_role("searchbox")).to_have_value("SKU-00")
    expect(row(page, 0)).to_contain_text("SKU-001")
    assert len(loaded) == 1

    for hand in ({"modifiers": ["ControlOrMeta"]}, {"button": "middle"}):
        with page.context.expect_page() as opened:
            row(page, 1).get_by_role("cell", name="SKU-002", exact=True).click(**hand)
        expect(opened.value).to_have_url(re.compile("/product[?]sku=SKU-002"))
        opened.value.close()

    box = row(page, 1).get_by_role("cell", name="SKU-002", exact=True).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert "SKU-002" in page.evaluate("getSelection().toString()")
    expect(page).to_have_url(re.compile("/products[?]"))


def test_a_count_of_a_run_brings_its_items_into_sight_and_they_lead_to_their_products(
    page: Page, app_address: str, browser_shop: Shop
) -> None:
    first, _ = recent_runs(CatalogView(browser_shop.settings()))[-1]
    page.set_viewport_size({"width": 1280, "height": 600})
    page.goto(f"{app_address}/run?run={first.run_id}")
    settled(page)
    of_prices = page.get_by_role("table", name="By feed and destination").get_by_role("row", name="prices")
    of_prices.get_by_role("link", name="30").first.click()
    expect(page).to_have_url(re.compile("feed=prices&items=added$"))
    expect(page.get_by_text("Only those of the feed prices.")).to_be_in_viewport()
    page.get_by_role("table", name="Added: 30 items").get_by_role("link").first.press("Enter")
    expect(page).to_have_url(re.compile("/product[?]sku=SKU-001&feed=prices&item="))
    expect(page.get_by_role("heading", name="Anchor Mug")).to_be_visible()


def test_hostile_names_load_nothing_and_run_nothing(page: Page, app_address: str) -> None:
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: _note(request, app_address, asked))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in ("/products", "/products?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E", "/product?sku=SKU-007"):
        page.goto(app_address + path)
        settled(page)
        expect(page.locator("h1").first).to_be_visible()
    expect(page.locator("h1").first).to_contain_text("<img src=")
    page.goto(f"{app_address}/products")
    page.get_by_role("button", name="Filter").click()
    # a filter's option is drawn as Markdown: the type's name must come out as it is
    expect(page.get_by_text("![t](http://198.51.100.7/t.png) · 1")).to_be_visible()
    assert page.locator('img[src*="198.51.100.7"]').count() == 0
    assert asked == []
    assert dialogs == []


def _note(request: Request, own: str, asked: list[str]) -> None:
    if not request.url.startswith((own, own.replace("http", "ws"), "data:", "blob:")):
        asked.append(request.url)


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/products?q=birch", "Synced catalog products"),
        ("/product?sku=SKU-002", "Birch Tray, large"),
        ("/runs", "Runs"),
    ],
)
def test_a_deep_link_as_the_first_request_to_a_server_opens_its_page(
    page: Page, browser_shop: Shop, path: str, heading: str
) -> None:
    with app_server(browser_shop.environment, directory=browser_shop.directory) as address:
        page.goto(address + path)
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        # the router's menu, not Streamlit's list of files
        expect(page.get_by_role("link", name="Synced products")).to_be_visible()
        expect(page.get_by_role("link", name="product_detail")).to_have_count(0)


def test_the_server_tells_its_health_and_listens_on_this_machine_only(app_address: str) -> None:
    port = int(app_address.rsplit(":", 1)[1])
    status, body = ask(port, "/healthz")
    assert status == 200
    assert body.startswith(b'{"status":"ok"')
    assert ask(port, "/app/static/../../app.py")[1].find(b"st.App") == -1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_keep_text_readable(
    scheme: str, app_address: str, browser: object, new_context: Callable[..., object]
) -> None:
    del browser
    page: Page = new_context(color_scheme=scheme).new_page()  # type: ignore[attr-defined]
    page.goto(app_address)
    page.wait_for_selector(".cs-value")
    ratio = page.evaluate(
        """() => {
            const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
                return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const clear = (one) => getComputedStyle(one).backgroundColor.endsWith(', 0)');
            const worst = [];
            for (const one of document.querySelectorAll('.cs-badge, .cs-line, .cs-label, .cs-note span')) {
                let back = one;
                while (clear(back)) back = back.parentElement;
                const paint = getComputedStyle(back).backgroundColor;
                const [a, b] = [light(rgb(getComputedStyle(one).color)), light(rgb(paint))];
                worst.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
            }
            return Math.min(...worst);
        }"""
    )
    assert ratio >= 4.5
