"""The page of one run: its steps, counts, causes and items."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from syncengine.changes.plan import Selection
from syncengine.commands import request_sync
from syncengine.control.audit import list_audit
from syncengine.control.requests import set_request
from syncengine.control.run_wishes import run_wish, show_paused
from syncengine.control.runs import RUNS, Run
from syncengine.control.store import open_control_store
from syncengine.inspection.held_for_review import held_feeds
from syncengine.inspection.runs import recent_runs
from syncengine.inspection.view import CatalogView
from syncengine.pipeline import SyncOptions
from tests.ui.shop import OpenPage, Shop, copy_of, html_of, opened, table_of, tables_of

PAGE = "run_detail"


def runs_of(shop: Shop) -> list[Run]:
    """Newest first."""
    return [run for run, _ in recent_runs(CatalogView(shop.settings()))]


def feeds_of(app: AppTest) -> list[dict[str, str]]:
    """The rows of the table of feeds."""
    return [row for row in tables_of(app) if "Set aside" in row]


def items_of(app: AppTest) -> list[dict[str, str]]:
    """The rows of the table of items."""
    return [row for row in tables_of(app) if "Outcome" in row and "Item" in row]


@pytest.fixture(scope="session")
def failed_shop(synced_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A second sync whose read came back empty."""
    shop = copy_of(synced_shop, tmp_path_factory.mktemp("failed"))
    kept, shop.products = shop.products, {}
    assert shop.sync(feeds=("products", "prices")).status == "failed"
    shop.products = kept
    return shop


def test_without_a_run_it_says_what_to_do(open_page: OpenPage, synced_shop: Shop) -> None:
    assert "No run is chosen" in html_of(open_page(synced_shop, PAGE))


def test_a_run_that_does_not_exist_is_told(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, run="r-none")
    assert "There is no run" in html_of(app)
    assert not app.exception


def test_a_success_has_seven_steps_with_times_and_its_equation(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, run=runs_of(synced_shop)[0].run_id))
    assert shown.count("<li class=") == 7
    assert "cs-t-bad" not in shown.split('<ol class="cs-run-steps">')[1].split("</ol>")[0]
    assert "20 added, 0 changed, 0 removed" in shown
    assert "<b>20</b><span>in catalog</span>" in shown


def test_only_the_failed_step_is_red(open_page: OpenPage, failed_shop: Shop) -> None:
    shown = html_of(open_page(failed_shop, PAGE, run=runs_of(failed_shop)[0].run_id))
    steps = shown.split('<ol class="cs-run-steps">')[1].split("</ol>")[0]
    assert steps.count("cs-t-bad") == 1
    assert '<li class="cs-t-bad"><i aria-hidden="true">✕</i><b>Read</b>' in steps
    assert "The store answered that it holds no products" in shown
    assert "not reached" in steps


def test_counts_stand_by_feed_and_the_items_by_kind(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, run=runs_of(synced_shop)[0].run_id)
    feeds, items = feeds_of(app), items_of(app)
    assert [feed["Feed"] for feed in feeds] == ["products", "prices"]
    assert (feeds[0]["Status"], feeds[0]["Catalog"], feeds[0]["Added"], feeds[0]["Changed"]) == (
        "Success",
        "10",
        "10",
        "0",
    )
    assert len(items) == 20
    assert list(dict.fromkeys(item["Feed"] for item in items)) == ["products", "prices"]
    assert items[-1]["Item"] == "SKU-010 / 0 / base" and items[-1]["Outcome"] == "✓ Accepted"


def test_each_item_of_a_run_leads_to_its_product_at_that_item(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(open_page(synced_shop, PAGE, run=runs_of(synced_shop)[0].run_id))
    addresses = re.findall(r'class="cs-goes" href="([^"]+)"', shown)
    assert len(addresses) == 20
    assert re.fullmatch(r"product\?sku=SKU-001&amp;feed=products&amp;item=[0-9a-f-]{36}", addresses[0])
    assert re.fullmatch(r"product\?sku=SKU-010&amp;feed=prices&amp;item=[0-9a-f-]{36}", addresses[-1])


def test_a_feed_of_a_run_leads_to_its_items_and_its_counts_to_theirs(open_page: OpenPage, synced_shop: Shop) -> None:
    run_id = runs_of(synced_shop)[0].run_id
    shown = html_of(open_page(synced_shop, PAGE, run=run_id))
    assert f'<a href="run?run={run_id}&amp;feed=prices&amp;items=added#card-items">prices</a>' in shown
    assert f'<a href="run?run={run_id}&amp;feed=prices&amp;items=added#card-items">10</a>' in shown
    app = open_page(synced_shop, PAGE, run=run_id, feed="prices", items="added")
    assert [item["Feed"] for item in items_of(app)] == ["prices"] * 10
    assert "Only those of the feed prices." in html_of(app)
    assert f'<a href="run?run={run_id}&amp;items=added#card-items">Show all feeds</a>' in html_of(app)
    addresses = [one.proto.url for one in opened(app, "download-added-20").get("link_button")]
    assert f"/api/download/runs/{run_id}/items?format=csv&list=added&feed=prices" in addresses
    assert len(items_of(open_page(synced_shop, PAGE, run=run_id, feed="<b>"))) == 20


def test_another_kind_of_items_comes_from_the_url(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, PAGE, run=runs_of(synced_shop)[0].run_id, items="removed")
    assert feeds_of(app) and not items_of(app)
    assert not app.exception


def test_a_dry_run_says_that_nothing_was_sent(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    shop.products["SKU-002"]["name"] = "Another"
    run = shop.sync(feeds=("products", "prices"), dry_run=True)
    app = open_page(shop, PAGE, run=run.run_id)
    assert "<h1>Nothing was sent</h1>" in html_of(app)
    assert "0 added, 1 changed, 0 removed" in html_of(app)
    feeds = feeds_of(app)
    assert "Sent" not in feeds[0] and [feed["Would be sent"] for feed in feeds] == ["1", "0"]
    assert "<a " not in html_of(app).split(">Would be sent<")[1].split("</table>")[0]  # there is no list of them
    (cost,) = [row for row in tables_of(app) if "Size" in row]
    assert (cost["Feed"], cost["Items"], cost["Requests"]) == ("products", "1", "1") and cost["Size"].endswith(" KiB")


def test_which_items_a_dry_run_counted_is_told_when_asked_for(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    shop.products["SKU-002"]["name"] = "Another"
    run = shop.sync(feeds=("products", "prices"), dry_run=True)
    shop.products["SKU-003"]["name"] = "Later"
    shop.sync(feeds=("products", "prices"))
    app = open_page(shop, PAGE, run=run.run_id)
    assert not [row for row in tables_of(app) if "Change" in row]
    told = [row for row in tables_of(opened(app, "run-plan")) if "Change" in row]
    assert told == [{"Feed": "products", "Item": "SKU-002 / default", "Change": "~ Changed"}]
    assert 'href="product?sku=SKU-002&amp;feed=products&amp;item=' in html_of(app)


def test_a_run_in_progress_shows_how_far_it_is(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with shop.sync_in_progress() as run_id:
        shown = html_of(open_page(shop, PAGE, run=run_id))
    assert "products 40 of 120" in shown
    assert "This page follows the run by itself." in shown
    assert shown.count("In numbers") == 1


def test_text_of_a_run_is_never_markup(open_page: OpenPage, failed_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(failed_shop, tmp_path)
    evil = "<img src=x onerror=alert(1)> ![p](http://198.51.100.7/p.png)"
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        connection.execute(update(RUNS).values(error_message=evil, requested_by=evil, source=evil))
    store.close()
    run_id = runs_of(shop)[0].run_id
    for name, query in ((PAGE, {"run": run_id}), ("runs", {}), ("runs", {"show": "Timeline"}), (None, {})):
        app = open_page(shop, name, **query)
        assert "<img" not in html_of(app)
        assert not any("198.51.100.7" in element.value for element in app.markdown)


def test_an_old_link_to_one_run_leads_to_its_page(open_page: OpenPage, synced_shop: Shop) -> None:
    app = open_page(synced_shop, "runs", run=runs_of(synced_shop)[0].run_id)
    assert not app.exception


def test_a_run_in_progress_can_be_paused_and_goes_on(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with shop.sync_in_progress() as run_id:
        app = open_page(shop, PAGE, run=run_id)
        app.button(key="pause-run").click().run()
        assert "Asked to pause by" in html_of(app)
        app.button(key="resume-run").click().run()
        assert "Asked to pause by" not in html_of(app)
        app.button(key="cancel-run").click().run()
        assert "Asked to end by" in html_of(app)
        assert "cancel-run" not in [button.key for button in app.button]


def test_held_removals_are_decided_on_the_page_of_their_run(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    run_id = runs_of(shop)[0].run_id
    app = open_page(shop, PAGE, run=run_id)
    app.button(key=f"approve-{run_id}").click().run()
    assert not app.exception
    store = open_control_store(shop.directory / "data")
    with store.read() as connection:
        assert [(entry.action, entry.subject) for entry in list_audit(connection, limit=1)] == [("approve run", run_id)]
    store.close()


def test_the_settings_the_run_worked_with_are_shown_with_their_sources(open_page: OpenPage, synced_shop: Shop) -> None:
    app = opened(open_page(synced_shop, PAGE, run=runs_of(synced_shop)[0].run_id), "run-settings")
    shown = table_of(app, "Setting")
    assert list(shown[0]) == ["Setting", "Value", "From"] and shown[0]["Setting"] == "version"
    assert "data_dir" in {row["Setting"] for row in shown}
    assert all(row["From"] for row in shown)
    assert '<table class="cs-table cs-values" aria-label="Settings of this run">' in html_of(app)


def test_without_a_log_file_the_page_says_how_to_have_one(open_page: OpenPage, synced_shop: Shop) -> None:
    shown = html_of(opened(open_page(synced_shop, PAGE, run=runs_of(synced_shop)[0].run_id), "run-log"))
    assert "setting log.file" in shown


def test_the_log_lines_of_the_run_are_text_and_can_be_narrowed(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    run_id = runs_of(synced_shop)[0].run_id
    lines = [("r-other", "of another run"), (run_id, "**read** <b>began</b>"), (run_id, "sent")]
    path = tmp_path / "sync.log"
    path.write_text("".join(json.dumps({"level": "info", "msg": said, "run_id": run}) + "\n" for run, said in lines))
    app = opened(open_page(synced_shop, PAGE, more={"CATALOG_SYNC_LOG__FILE": str(path)}, run=run_id), "run-log")
    shown = "\n".join(block.value for block in app.code)
    assert "**read** <b>began</b>" in shown and "sent" in shown
    assert "another run" not in shown
    app.text_input(key="log-filter").set_value("SENT").run()
    narrowed = "\n".join(block.value for block in app.code)
    assert "sent" in narrowed and "began" not in narrowed


def test_a_run_that_is_paused_says_so_once_it_stands_still(
    open_page: OpenPage, synced_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(synced_shop, tmp_path)
    with shop.sync_in_progress() as run_id:
        app = open_page(shop, PAGE, run=run_id)
        app.button(key="pause-run").click().run()
        assert "it stands still after the batches under way" in html_of(app)
        store = open_control_store(shop.directory / "data")
        with store.write() as connection:
            show_paused(connection, run_id, run_wish(connection, run_id))
        store.close()
        assert "it stands still until somebody resumes it" in html_of(app.run())


def test_a_cancelled_run_is_told_quietly_and_a_held_one_leads_to_its_decision(
    open_page: OpenPage, held_shop: Shop, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    run_id = runs_of(shop)[0].run_id
    app = open_page(shop, PAGE, run=run_id)
    assert "cs-problem" not in html_of(app)
    assert "Look at them below, then approve or refuse." in html_of(app)
    assert "See the run" not in [link.proto.label for link in app.get("page_link")]
    app.button(key=f"refuse-{run_id}").click().run()
    shown = html_of(app)
    assert "cs-problem" not in shown
    assert "The removals that were held for review were refused by" in shown
    steps = shown.split('<ol class="cs-run-steps">')[1].split("</ol>")[0]
    assert steps.count("stopped") == 1 and "<b>Diff</b><span>stopped</span>" in steps


def test_the_sample_of_held_items_is_in_words_and_leads_to_all_of_them(
    open_page: OpenPage, held_shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = copy_of(held_shop, tmp_path)
    run_id = runs_of(shop)[0].run_id
    (feed,) = (one for one in held_feeds(CatalogView(shop.settings())) if one.feed == "products")
    app = opened(open_page(shop, PAGE, run=run_id), f"held-{feed.feed}-{feed.destination}")
    (sample,) = table_of(app, "SKU")
    assert list(sample) == ["SKU", "Store view code", "Name", "Last Exported"]
    assert sample["SKU"] == "SKU-010"
    assert sample["Last Exported"].endswith("UTC")
    assert 'href="product?sku=SKU-010&amp;feed=products&amp;item=' in html_of(app)


def test_a_resync_says_who_asked_for_what(open_page: OpenPage, synced_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(synced_shop, tmp_path)
    run = shop.sync(feeds=("prices",), trigger="resync", selection=Selection(resync=True))
    store = open_control_store(shop.directory / "data")
    asked = request_sync(
        store,
        SyncOptions(feeds=("prices",), selection=Selection(resync=True), requested_by="anna"),
        start_now=False,
    )
    with store.write() as connection:
        set_request(connection, asked.request_id, "done", run_id=run.run_id)
    store.close()
    shown = html_of(open_page(shop, PAGE, run=run.run_id))
    assert "Resync of prices. Asked for by anna, " in shown
    assert "Changes per field" not in shown  # and no empty frame stands for it
