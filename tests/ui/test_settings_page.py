"""The Settings page: resync in the documented words, the queue, what is held, and what is set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncengine.commands import pause_schedule, schedule_pause
from syncengine.control.audit import list_audit
from syncengine.control.connection_test import last_connection_test
from syncengine.control.requests import ResyncRequest, newest_requests, set_request
from syncengine.control.store import open_control_store
from syncengine.doctor.asked import answer_connection_test
from tests.ui.shop import OpenPage, Shop, copy_of, engine_running, html_of, opened, table_of


@pytest.fixture
def shop(synced_shop: Shop, tmp_path: Path) -> Shop:
    """A synced shop of this test's own: its queue is written to."""
    return copy_of(synced_shop, tmp_path)


def _queue(shop: Shop) -> list[ResyncRequest]:
    store = open_control_store(shop.directory / "data")
    try:
        with store.read() as connection:
            return newest_requests(connection)
    finally:
        store.close()


def _press(app: Any) -> Any:
    app.checkbox(key="understood").check().run()
    return app.button(key="resync").click().run()


def test_resync_data_comes_first_with_the_documented_warning(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    text = html_of(app)
    assert "<h1>Catalog Sync Settings</h1>" in text
    assert "Forcing a resync triggers a resync of your entire product catalog, which can increase load" in text
    assert text.index("Resync Data") < text.index("Requests")
    assert "First sync" in text and "productAttributes → productOverrides → products" in text
    assert app.button(key="resync").disabled
    assert not app.exception


def test_resync_waits_for_the_tick_and_is_then_requested_in_the_documented_words(
    open_page: OpenPage, shop: Shop
) -> None:
    app = _press(open_page(shop, "settings"))
    (request,) = _queue(shop)
    assert request.options["feeds"] == [] and request.options["resync"] and not request.start_now
    assert "Resync requested at" in html_of(app)
    assert app.button(key="resync").disabled, "the tick is asked for anew"


def test_pressing_twice_queues_once(open_page: OpenPage, shop: Shop) -> None:
    _press(_press(open_page(shop, "settings")))
    assert len(_queue(shop)) == 1


def test_chosen_feeds_a_mode_and_a_dry_run_reach_the_request(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    app.segmented_control(key="what").set_value("feeds").run()
    assert app.button(key="resync").disabled and "Choose one feed" in html_of(app)
    app.pills(key="feeds").set_value(["prices", "products"]).run()
    app.radio(key="mode").set_value("no-reindex").run()
    app.toggle(key="dry").set_value(True).run()
    _press(app)
    (request,) = _queue(shop)
    assert request.options["feeds"] == ["products", "prices"]
    assert request.options["no_reindex"] and request.options["dry_run"]


@pytest.mark.parametrize(
    ("text", "skus"),
    [("B\nA\n\n B ", ["A", "B"]), ("A, B", ["A", "B"]), ("A, one\nB", ["A, one", "B"]), ("A\tB", ["A", "B"])],
)
def test_a_list_of_skus_is_taken_as_it_is_copied(text: str, skus: list[str], open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    app.segmented_control(key="what").set_value("skus").run()
    assert app.button(key="resync").disabled
    app.text_area(key="skus").input(text).run()
    _press(app)
    (request,) = _queue(shop)
    assert request.options["by"] == "sku" and request.options["values"] == skus


def test_comparing_is_not_offered_for_a_list_of_skus(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    app.radio(key="mode").set_value("compare").run()
    app.segmented_control(key="what").set_value("skus").run()
    assert app.radio(key="mode").value == "reindex" and len(app.radio(key="mode").options) == 2


def test_the_estimate_counts_what_the_choice_would_send(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    assert "feed items</strong>, about" in html_of(app) and "the largest sync so far" in html_of(app)
    app.segmented_control(key="what").set_value("feeds").run()
    app.pills(key="feeds").set_value(["products"]).run()
    assert "<strong>10 feed items</strong>" in html_of(app)
    app.radio(key="mode").set_value("compare").run()
    assert "Nothing differs by the catalog as last read" in html_of(app)


def test_before_the_first_sync_the_page_says_what_a_resync_would_mean(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page(Shop(tmp_path), "settings")
    assert "the first sync sends everything" in html_of(app)
    assert not app.exception


def test_a_request_can_be_cancelled(open_page: OpenPage, shop: Shop) -> None:
    app = _press(open_page(shop, "settings"))
    (request,) = _queue(shop)
    app.button(key=f"{request.request_id}-cancel").click().run()
    assert _queue(shop)[0].status == "cancelled"
    (told,) = table_of(app, "Requested")
    assert told["State"] == "Cancelled" and told["Run"] == "" and "cs-goes" not in html_of(app)


VIEWER = {"CATALOG_SYNC_ACCESS__MODE": "proxy", "CATALOG_SYNC_ACCESS__DEFAULT_ROLE": "viewer"}
OPERATOR = {**VIEWER, "CATALOG_SYNC_ACCESS__DEFAULT_ROLE": "operator"}


def test_a_viewer_sees_everything_and_may_press_nothing(open_page: OpenPage, held_shop: Shop) -> None:
    app = open_page(held_shop, "settings", more=VIEWER)
    assert app.checkbox(key="understood").disabled and app.button(key="resync").disabled
    assert app.button(key="test-connection").disabled
    assert "Held for review" in html_of(app)
    assert html_of(app).index("Your role is viewer: operators may do this.") < html_of(app).index("Requests")


def test_the_audit_is_for_admins(open_page: OpenPage, shop: Shop) -> None:
    _press(open_page(shop, "settings", section="access"))
    app = open_page(shop, "settings", section="access")
    assert [one.label for one in app.expander if "Audit" in one.label]
    app = open_page(shop, "settings", section="access", more=OPERATOR)
    assert not [one.label for one in app.expander if "Audit" in one.label]


def test_held_deletes_are_reviewed_and_approved(open_page: OpenPage, held_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(held_shop, tmp_path)
    app = open_page(shop, "settings")
    text = html_of(app)
    assert "1 of 10 items (10 %) would be removed" in text
    approve = next(button for button in app.button if button.label == "Approve these removals")
    approve.click().run()
    assert "Approved: just these removals go out with the next sync." in html_of(app)
    store = open_control_store(shop.directory / "data")
    with store.read() as connection:
        assert list_audit(connection)[0].action == "approve run"
    store.close()


def test_held_deletes_can_be_refused(open_page: OpenPage, held_shop: Shop, tmp_path: Path) -> None:
    shop = copy_of(held_shop, tmp_path)
    app = open_page(shop, "settings")
    next(button for button in app.button if button.label == "Refuse these removals").click().run()
    assert "Held for review" not in html_of(app)
    store = open_control_store(shop.directory / "data")
    with store.read() as connection:
        assert list_audit(connection)[0].action == "refuse run"
    store.close()


def test_nothing_is_shown_as_held_when_nothing_is(open_page: OpenPage, shop: Shop) -> None:
    assert "Held for review" not in html_of(open_page(shop, "settings"))


@pytest.mark.parametrize(
    "section", ["connection", "feeds", "schedule", "safety", "retention", "notifications", "access", "about"]
)
def test_every_section_can_be_linked_to(section: str, open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings", section=section)
    assert app.segmented_control(key="section").value == section
    assert not app.exception and "cs-problem" not in html_of(app)


def test_a_feed_that_is_switched_off_says_so(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings", section="feeds", more={"CATALOG_SYNC_FEEDS__OFF": '["prices"]'})
    text = html_of(app)
    assert text.count("Off in the settings") == 1 and "CATALOG_SYNC_FEEDS__OFF" in text


def test_a_value_is_shown_with_where_it_comes_from(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings", section="safety", more={"CATALOG_SYNC_GUARD__DELETE_ITEMS": "77"})
    text = html_of(app)
    assert "CATALOG_SYNC_GUARD__DELETE_ITEMS" in text and ">77<" in text.replace("<bdi>", ">").replace("</bdi>", "<")


def test_no_secret_is_on_the_page(open_page: OpenPage, shop: Shop) -> None:
    canary = "canary-6f1d2c9b7a"
    secrets = {
        "CATALOG_SYNC_SOURCE__TOKEN": canary,
        "CATALOG_SYNC_DESTINATION__API_KEY": canary,
        "CATALOG_SYNC_API__TOKENS__CI__TOKEN": canary,
        "CATALOG_SYNC_ACCESS__COOKIE_SECRET": canary,
    }
    for section in ("connection", "access", "about"):
        app = open_page(shop, "settings", section=section, more=secrets)
        assert canary not in html_of(app)
        assert canary not in str(app.main) and canary not in str(app.sidebar)
    assert "********" in html_of(open_page(shop, "settings", section="connection", more=secrets))


def test_without_an_engine_the_connection_test_names_the_command(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    assert app.button(key="test-connection").disabled
    assert "<code>catalog-sync doctor</code>" in html_of(app)


def test_the_connection_test_is_asked_of_the_engine_and_its_answer_shown(open_page: OpenPage, shop: Shop) -> None:
    with engine_running(shop) as store:
        app = open_page(shop, "settings")
        app.button(key="test-connection").click().run()
        asked = last_of(shop)
        assert asked is not None and asked.finished_at is None
        assert app.button(key="test-connection").disabled and "Asked for: the engine tests it" in html_of(app)
        assert answer_connection_test(store, shop.settings())
        app.run()
        assert "Tested just now" in html_of(app) and ">ok<" in html_of(app)


def test_a_request_names_the_window_it_waits_for(open_page: OpenPage, shop: Shop) -> None:
    with engine_running(shop):
        app = _press(open_page(shop, "settings"))
        text = html_of(app)
        assert "Commerce syncs your catalog during the next scheduled sync window," in text
        assert "(in 23 min). Depending on the size of your catalog, this operation can take a long time." in text


def test_the_schedule_is_paused_with_a_reason_and_resumed(open_page: OpenPage, shop: Shop) -> None:
    with engine_running(shop) as store:
        app = open_page(shop, "settings", section="schedule")
        assert "every 60 minutes" in html_of(app) and "in 23 min" in html_of(app)
        app.button(key="pause-do").click().run()
        assert "A pause needs a reason." in html_of(app)
        app.text_input(key="pause-reason").input("spring *import*")
        app.button(key="pause-do").click().run()
        pause = schedule_pause(store)
        assert pause is not None and pause.reason == "spring *import*"
        assert "paused the schedule just now: spring *import*" in html_of(app)
        app.button(key="resume-schedule").click().run()
        assert schedule_pause(store) is None


def test_a_pause_is_told_beside_what_waits(open_page: OpenPage, shop: Shop) -> None:
    with engine_running(shop) as store:
        pause_schedule(store, reason="stocktaking", actor="ben")
        assert "It waits: ben has paused the schedule (stocktaking)." in html_of(_press(open_page(shop, "settings")))


def last_of(shop: Shop) -> Any:
    store = open_control_store(shop.directory / "data")
    try:
        with store.read() as connection:
            return last_connection_test(connection)
    finally:
        store.close()


def test_hostile_text_in_a_request_is_text(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    app.segmented_control(key="what").set_value("skus").run()
    app.text_area(key="skus").input('<img src=x onerror="alert(1)">').run()
    app = _press(app)
    assert "<img" not in html_of(app) and "&lt;img src=x" in html_of(app)


def test_beside_the_button_stands_when_it_is_served_and_that_the_engine_lives(open_page: OpenPage, shop: Shop) -> None:
    assert "No engine is running: what is asked for waits" in html_of(open_page(shop, "settings"))
    with engine_running(shop):
        shown = html_of(open_page(shop, "settings"))
    assert "Next sync window: " in shown and "Engine seen " in shown


def test_skus_that_nobody_knows_are_told_before_they_are_asked_for(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    app.segmented_control(key="what").set_value("skus").run()
    app.text_area(key="skus").set_value("SKU-001\nSKU-<b>").run()
    assert "1 SKU is not in the catalog as last read, such as SKU-&lt;b&gt;. Check the spelling." in html_of(app)
    app.text_area(key="skus").set_value("SKU-001").run()
    assert "Check the spelling" not in html_of(app)


def test_a_pause_without_a_reason_is_refused_where_it_was_asked_for(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings", section="schedule")
    app.button(key="pause-do").click().run()
    shown = html_of(app)
    assert shown.index("A pause needs a reason. Say why") > shown.index("Requests"), "not in the form above"
    assert "--reason" not in shown


def test_what_is_set_by_nobody_is_shown_with_its_value(open_page: OpenPage, shop: Shop) -> None:
    shown = html_of(open_page(shop, "settings", section="safety"))
    assert "guard.delete_percent" in shown and "guard.fail_on_rejected_percent" in shown
    assert not [one for one in open_page(shop, "settings", section="safety").expander if one.label.startswith("Sett")]


def test_a_request_leads_to_its_run(open_page: OpenPage, shop: Shop) -> None:
    _press(open_page(shop, "settings"))
    run = shop.sync(feeds=("products", "prices"))
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        assert set_request(connection, _queue(shop)[0].request_id, "taken", run_id=run.run_id)
    store.close()
    app = open_page(shop, "settings")
    assert f"run={run.run_id}" in [link.proto.query_string for link in app.get("page_link")]


def test_a_request_that_is_over_leads_to_its_run_and_what_was_asked_is_no_html(open_page: OpenPage, shop: Shop) -> None:
    app = open_page(shop, "settings")
    app.segmented_control(key="what").set_value("skus").run()
    app.text_area(key="skus").input("<img src=x>").run()
    _press(app)
    run = shop.sync(feeds=("products", "prices"))
    store = open_control_store(shop.directory / "data")
    with store.write() as connection:
        set_request(connection, _queue(shop)[0].request_id, "done", run_id=run.run_id)
    store.close()
    app = open_page(shop, "settings")
    assert f'<a class="cs-goes" href="run?run={run.run_id}">' in html_of(app)
    (told,) = table_of(app, "Requested")
    assert (told["State"], told["Run"], told["Ended"]) == ("Done", run.run_id, "Success")
    assert "<img src=x>" in told["What"] and "<img" not in html_of(app)


def test_admins_see_who_asked_for_what(open_page: OpenPage, shop: Shop) -> None:
    _press(open_page(shop, "settings"))
    app = opened(open_page(shop, "settings", section="access"), "audit")
    (entry,) = table_of(app, "At")
    assert list(entry) == ["At", "Who", "What", "Subject"] and entry["What"] == "request sync"
