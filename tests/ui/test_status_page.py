"""The Status page in each of its states."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from support.damage import spoil_publications

from syncengine.control.connection_test import ask_connection_test, keep_answer, last_connection_test
from syncengine.control.runs import RUNS
from syncengine.control.schema import utc_now
from syncengine.control.store import open_control_store
from syncengine.inspection.discrepancies import discrepancy_report
from syncengine.inspection.view import CatalogView
from syncengine.lake.paths import DataDirectory
from tests.ui.shop import OpenPage, Shop, copy_of, engine_of, html_of, table_of


def test_before_the_first_sync_it_says_which_command_to_run(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path))
    assert "No sync has run yet" in html_of(app)
    assert [code.value for code in app.code] == ["catalog-sync sync"]
    assert not table_of(app, "Feed")
    assert not app.exception


def test_the_demo_is_named_on_the_page(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(None, more={"CATALOG_SYNC_DATA_DIR": str(tmp_path)})
    assert "embedded demo" in html_of(app)


def test_a_real_set_up_carries_no_demo_note(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "embedded demo" not in html_of(open_page(synced_shop))


def test_success_shows_word_time_and_products_updated(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop))
    assert "Success" in shown
    assert "<strong>10</strong> products updated" in shown
    assert re.search(
        r"The destination holds exactly what your catalog said when it was last read \(\d\d:\d\d UTC\)", shown
    )


def test_without_an_engine_it_says_so_and_names_the_command(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop)
    shown = html_of(app)
    assert "Sync not running: nothing syncs by itself. The destination holds exactly" in shown, "the one sentence"
    assert "No engine is running; the last to sync was a single command" in shown
    assert "catalog-sync engine" in [code.value for code in app.code]


def test_the_equation_of_the_last_run_adds_up_in_words_and_numbers(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop))
    assert "<b>20</b><span>in catalog</span>" in shown
    assert "<b>20</b><span>accepted</span>" in shown
    assert "20 added + 0 changed + 0 removed = 20 sent; of these 20 were accepted." in shown


def test_the_feeds_table_has_the_documented_columns_and_counts(open_page: OpenPage, synced_shop: Shop) -> None:
    feeds = table_of(open_page(synced_shop), "Feed")
    documented = ("Source Records", "Successfully Sent Records", "Failed Records")
    assert list(feeds[0])[:5] == ["Feed", "Status", *documented]
    assert {"Unchanged", "Last Exported", "Duration"} < set(feeds[0])
    products = next(row for row in feeds if row["Feed"] == "products")
    assert [products[name] for name in documented] == ["10", "10", "0"]


def test_a_row_leads_to_the_runs_of_its_feed_and_a_number_to_its_list(open_page: OpenPage, held_shop: Shop) -> None:
    shown = html_of(open_page(held_shop))
    assert '<a href="runs?feed=prices">prices</a>' in shown
    assert '<a href="products?feed=prices&amp;side=catalog">9</a>' in shown
    assert '<a href="products?feed=prices">10</a>' in shown
    assert '<a href="discrepancies?feed=products&amp;ages=all">2</a>' in shown
    assert re.search(r'<a href="run\?run=r-[^"&]+">\d+ \w+ \d{4}, \d\d:\d\d UTC</a>', shown)


def test_the_newest_runs_are_told_in_short(open_page: OpenPage, held_shop: Shop) -> None:
    held, synced = table_of(open_page(held_shop), "Started")
    assert (held["Status"], synced["Status"]) == ("Held for review", "Success")
    assert held["What happened"].startswith("products: 1 of 10 items")
    assert synced["Products updated"] == "10"


def test_a_held_run_is_failed_with_its_reason_and_what_to_do(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop)
    shown = html_of(app)
    assert "Failed" in shown
    assert "Held for review" in shown
    assert "runs approve" in shown
    assert "2 removals are held for review: nothing of products, prices is sent until somebody decides." in shown
    assert "<strong>3</strong> held for review" in shown, "the removals and the name that waits with it need somebody"
    assert "waiting for the next sync" not in shown, "what is held does not go out by itself"
    assert shown.count("Held for review: ") == 1, "said in the tile, and not again under a heading that says it"
    assert "Review what is held" in [link.proto.label for link in app.get("page_link")]


def test_in_progress_shows_the_last_successful_sync_and_the_step(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with shop.sync_in_progress():
        shown = html_of(open_page(shop))
    assert "In Progress" in shown
    assert "Last successful sync: <strong>" in shown
    assert "Step 5 of 7: export, products 40 of 120 · about 20 s left" in shown
    assert "A command is syncing" in shown
    assert re.search(r"In Progress</span>, last success <span title=", shown), "not: in progress, 5 min ago"


def test_a_damaged_publication_is_told_where_it_is_read_and_blanks_nothing_else(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    spoil_publications(DataDirectory(shop.directory / "data"))
    app = open_page(shop)
    assert "Could not read the status." in html_of(app)
    assert "CS5102" in html_of(app)
    assert "Sync not running" in html_of(app)
    assert [row["Products updated"] for row in table_of(app, "Started")] == ["10"], "the control store tells these"
    assert not app.exception


def test_settings_that_cannot_be_used_are_told_without_a_traceback(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), more={"CATALOG_SYNC_SCHEDULE__EVERY_MINUTES": "often"})
    assert "The settings are not usable" in html_of(app)
    assert "schedule.every_minutes" in html_of(app)
    assert not app.exception


def test_a_scope_narrows_what_can_follow_and_marks_what_cannot(open_page: OpenPage, french_shop: Shop) -> None:
    whole, french = open_page(french_shop), open_page(french_shop, scope="french")
    assert "Counted for" not in html_of(whole) and "All store views." not in html_of(whole)
    shown = html_of(french)
    assert "Counted for french" in shown
    assert shown.count("All store views.") == 3, "the last run's numbers, the freshness and the newest runs"
    assert "variants, scopesCustomerGroup" in shown
    records = [{row["Feed"]: row["Source Records"] for row in table_of(app, "Feed")} for app in (whole, french)]
    assert [of["products"] for of in records] == ["6", "3"]
    assert [of["prices"] for of in records] == ["3", "3"]
    assert '<a href="products?feed=products&amp;scope=' in shown, "the list is narrowed as the number is"
    assert "<strong>2</strong> waiting" in html_of(whole) and "<strong>1</strong> waiting" in shown


def test_every_number_tells_what_it_counts_and_those_of_a_list_lead_to_it(
    open_page: OpenPage, synced_shop: Shop
) -> None:
    app = open_page(synced_shop)
    shown = html_of(app)
    assert re.search(
        r'<a class="cs-term cs-t-ok" href="run\?run=r-[^"]+&amp;items=added#card-items" aria-describedby="tip-', shown
    )
    assert "In your catalog, and not held by the destination." in shown
    assert 'href="run?run=' not in shown.split("<span>changed</span>")[0].split("<span>added</span>")[1], (
        "0 has no list"
    )
    assert "counted by SKU" in shown
    told = {text.split("**")[1] for text in app.markdown[0].value.splitlines() if text.startswith("- **")}
    assert set(table_of(app, "Feed")[0]) <= told


def test_an_address_of_a_run_is_found_by_the_page_of_that_run(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop))
    found = re.search(r'href="run\?run=(r-[^"&]+)&amp;items=(\w+)#card-items"', shown)
    assert found is not None
    app = open_page(synced_shop, "run_detail", run=found[1], items=found[2])
    assert app.get("button_group")[0].value == "added"


def test_a_sync_that_updated_products_leads_to_them(open_page: OpenPage, synced_shop: Shop) -> None:
    links = {link.proto.label: link.proto.query_string for link in open_page(synced_shop).get("page_link")}
    assert links["See what was updated"].startswith("run=r-")


def test_a_sync_that_found_nothing_has_no_durations_and_says_since_when(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    assert shop.sync(feeds=("products", "prices")).error_message is None
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        connection.execute(update(RUNS).values(finished_at=utc_now() + timedelta(days=400)))
    store.close()
    app = open_page(shop)
    feeds = {row["Feed"]: row["Duration"] for row in table_of(app, "Feed")}
    nothing = re.search(r"Nothing changed since ([^.]*)\. That is normal", html_of(app))
    assert nothing is not None
    assert str(utc_now().year + 1) not in nothing[1], "since the last export, not since the run that found nothing"
    assert feeds["products"] == "–"


@pytest.mark.parametrize(
    ("hours", "word"), [(0, "On schedule"), (1.5, "Delayed"), (5, "Sync not running: the last success was 5 h ago")]
)
def test_freshness_is_told_apart_from_the_last_syncs_status(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path, hours: float, word: str
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with engine_of(shop):
        store = open_control_store(shop.directory / "data")
        with store.write() as connection:
            connection.execute(update(RUNS).values(finished_at=utc_now() - timedelta(hours=hours)))
        store.close()
        shown = html_of(open_page(shop))
    assert word in shown
    assert "Success" in shown


def test_a_failed_sync_says_why_in_its_first_sentence(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        failed = {"status": "failed", "error_code": "CS4002", "error_message": "The key was refused. Ask for one."}
        connection.execute(update(RUNS).values(**failed))
    store.close()
    shown = html_of(open_page(shop))
    assert '<p class="cs-line">The key was refused.</p>' in shown
    assert "The last sync failed: 20 of 20 items arrived" in shown, "it failed after it had sent"


def test_the_counts_say_of_which_run_they_are_when_the_newest_compared_nothing(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    for path in (shop.directory / "records").glob("products.jsonl"):
        path.write_text("", "utf-8")
    products, shop.products = shop.products, {}
    assert shop.sync(feeds=("products",)).status == "failed"
    shop.products = products
    shown = html_of(open_page(shop))
    assert "the last one that got as far as comparing; the newest ended before." in shown
    assert "Your catalog could not be read: showing the state of" in shown


def test_the_first_steps_tell_the_data_space_and_how_the_test_came_out(open_page: OpenPage, tmp_path: Path) -> None:
    more = {
        "CATALOG_SYNC_DATA_DIR": str(tmp_path),
        "CATALOG_SYNC_SOURCE__URL": "https://shop.example/rest",
        "CATALOG_SYNC_DESTINATION__URL": "https://services.example/v1",
        "CATALOG_SYNC_DESTINATION__DATA_SPACE_ID": "<b>main</b>",
    }
    shown = html_of(open_page(None, more=more))
    assert "data space <code>&lt;b&gt;main&lt;/b&gt;</code>, environment <code>not set</code>" in shown
    assert "Not tested yet: <code>catalog-sync doctor</code>" in shown
    store = open_control_store(tmp_path)
    with store.write() as connection:
        assert ask_connection_test(connection, by="anna")
        test = last_connection_test(connection)
        assert test is not None
        finding = {"check": "store", "verdict": "failed", "sentence": "No answer.", "hint": "Is it up?", "seconds": 1.0}
        keep_answer(connection, test.asked_at, [finding])
    store.close()
    assert "store failed. No answer. Is it up?" in html_of(open_page(None, more=more))


def test_a_failure_has_its_details_for_support_to_copy(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    spoil_publications(DataDirectory(shop.directory / "data"))
    app = open_page(shop)
    assert "Details for support" in [box.label for box in app.expander]
    assert any(re.fullmatch(r"Catalog Sync \S+ · CS5102 · - · \d{4}-.* UTC", code.value) for code in app.code)


def test_how_many_discrepancies_there_are_stands_there_as_soon_as_they_are_worked_out(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)

    def leads() -> list[str]:
        links = open_page(shop).get("page_link")
        return [link.proto.label for link in links if "iscrepanc" in link.proto.label]

    assert leads() == ["Discrepancies"], "the page does not wait for it"
    open_page(shop, "discrepancies")
    found = discrepancy_report(CatalogView(shop.settings())).total("discrepancies")
    assert found > 1
    assert leads() == [f"{found} data discrepancies"]
