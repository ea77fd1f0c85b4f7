"""The Status page in each of its states."""

from __future__ import annotations

from pathlib import Path

from support.damage import spoil_publications

from syncengine.lake.paths import DataDirectory
from tests.ui.shop import OpenPage, Shop, copy_of, html_of


def test_before_the_first_sync_it_says_which_command_to_run(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path))
    assert "No sync has run yet" in html_of(app)
    assert [code.value for code in app.code] == ["catalog-sync sync"]
    assert not app.dataframe
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
    assert "The destination holds exactly what your catalog says." in shown


def test_without_an_engine_it_says_so_and_names_the_command(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop))
    assert "Sync not running" in shown
    assert "<code>catalog-sync engine</code>" in shown


def test_the_equation_of_the_last_run_adds_up_in_words_and_numbers(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop))
    assert "<b>20</b><span>in catalog</span>" in shown
    assert "<b>20</b><span>accepted</span>" in shown
    assert "20 added + 0 changed + 0 removed = 20 sent; of these 20 were accepted." in shown


def test_the_feeds_table_has_the_documented_columns_and_counts(open_page: OpenPage, synced_shop: Shop) -> None:
    feeds = open_page(synced_shop).dataframe[0].value
    assert list(feeds.columns)[:5] == [
        "Feed",
        "Status",
        "Source Records",
        "Successfully Sent Records",
        "Failed Records",
    ]
    products = feeds[feeds["Feed"] == "products"].iloc[0]
    assert (products["Source Records"], products["Successfully Sent Records"], products["Failed Records"]) == (
        10,
        10,
        0,
    )


def test_a_held_run_is_failed_with_its_reason_and_what_to_do(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop)
    shown = html_of(app)
    assert "Failed" in shown
    assert "Held for review" in shown
    assert "runs approve" in shown
    assert "The last sync did not go through: the destination keeps what it had." in shown
    assert "waiting for the next sync" in shown


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


def test_a_damaged_publication_is_told_where_it_is_read_and_blanks_nothing_else(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    spoil_publications(DataDirectory(shop.directory / "data"))
    app = open_page(shop)
    assert "Could not read the status." in html_of(app)
    assert "CS5102" in html_of(app)
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
    records = [app.dataframe[0].value.set_index("Feed")["Source Records"] for app in (whole, french)]
    assert [of["products"] for of in records] == [6, 3]
    assert [of["prices"] for of in records] == [3, 3]
    assert "<strong>2</strong> waiting" in html_of(whole) and "<strong>1</strong> waiting" in shown
