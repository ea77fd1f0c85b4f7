"""Asking for a resync from a page: what is queued, in whose name, and what a second press shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from syncengine.access.roles import Role, User
from syncengine.control.audit import list_audit
from syncengine.control.requests import newest_requests, set_request
from syncengine.control.store import open_control_store
from tests.ui.shop import html_of

Ask = Callable[..., AppTest]


def _script(arguments, role):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    from syncengine.access.roles import User
    from ui.bootstrap import open_page
    from ui.resync import ask_resync

    page = replace(open_page("Test"), user=User(name="anna", role=role))  # type: ignore[arg-type]
    ask_resync(page, **arguments)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """A page with one button that asks for a resync, pressed; who presses has the role, too."""
    monkeypatch.setenv("CATALOG_SYNC_DATA_DIR", str(tmp_path))

    def run(role: Role = "operator", *, presses: Role | None = "operator", **arguments: Any) -> AppTest:
        user = None if presses is None else User(name="anna", role=presses)
        monkeypatch.setattr("ui.resync.current_user", lambda settings: user)
        app = AppTest.from_function(_script, args=(arguments, role), default_timeout=30)
        app.session_state["resync"] = True  # the question is open
        return app.run()

    yield run
    st.cache_resource.clear()


def _queue(place: Path) -> list[Any]:
    store = open_control_store(place)
    try:
        with store.read() as connection:
            return newest_requests(connection)
    finally:
        store.close()


def test_a_product_is_asked_for_in_every_feed_and_read_first(ask: Ask, tmp_path: Path) -> None:
    app = ask(skus=["SKU-1"])
    app.button(key="resync-ask").click().run()
    (request,) = _queue(tmp_path)
    assert request.options["by"] == "sku" and request.options["values"] == ["SKU-1"]
    assert request.options["resync"] and not request.options["no_reindex"] and not request.options["dry_run"]
    assert (request.requested_by, request.start_now) == ("anna", False)
    assert "Resync requested at" in html_of(app) and "<bdi>anna</bdi>" in html_of(app)
    assert "catalog-sync engine" in html_of(app)
    assert not app.exception


def test_choices_of_the_form_reach_the_request(ask: Ask, tmp_path: Path) -> None:
    app = ask(skus=["B", "A", "B"], feeds=["prices"])
    app.toggle(key="resync-read").set_value(False)
    app.toggle(key="resync-dry").set_value(True)
    app.button(key="resync-now").click().run()
    (request,) = _queue(tmp_path)
    assert request.options["values"] == ["A", "B"] and request.options["feeds"] == ["prices"]
    assert request.options["no_reindex"] and request.options["dry_run"] and request.start_now


def test_what_was_refused_is_sent_again_as_it_is(ask: Ask, tmp_path: Path) -> None:
    app = ask(refused=True, feeds=["products"])
    app.button(key="resync-ask").click().run()
    (request,) = _queue(tmp_path)
    assert request.options["by"] == "refused" and request.options["no_reindex"]


def test_what_waits_is_shown_instead_of_the_form_and_can_be_cancelled(ask: Ask, tmp_path: Path) -> None:
    ask(skus=["SKU-1"]).button(key="resync-ask").click().run()
    app = ask(skus=["SKU-1"])
    assert "Resync requested at" in html_of(app)
    assert [button.label for button in app.button] == ["Cancel request", "Start now"]
    app.button(key="resync-cancel").click().run()
    assert [request.status for request in _queue(tmp_path)] == ["cancelled"]
    assert "resync-ask" in [button.key for button in app.button]


def test_what_waits_for_its_window_can_start_now(ask: Ask, tmp_path: Path) -> None:
    app = ask(skus=["SKU-1"])
    app.button(key="resync-ask").click().run()
    app.button(key="resync-start").click().run()
    assert [request.start_now for request in _queue(tmp_path)] == [True]
    assert [button.label for button in app.button] == ["Cancel request"]


def test_a_cancel_that_comes_too_late_is_told(ask: Ask, tmp_path: Path) -> None:
    app = ask(skus=["SKU-1"])
    app.button(key="resync-ask").click().run()
    store = open_control_store(tmp_path)
    with store.write() as connection:
        set_request(connection, newest_requests(connection)[0].request_id, "done")
    store.close()
    app.button(key="resync-cancel").click().run()
    assert "too late" in html_of(app)


def test_a_viewer_is_told_that_operators_may(ask: Ask, tmp_path: Path) -> None:
    app = ask("viewer", skus=["SKU-1"])
    (button,) = app.button
    assert button.disabled and "operators may" in button.help
    assert _queue(tmp_path) == []


@pytest.mark.parametrize(("presses", "told"), [("viewer", "needs the role operator"), (None, "not signed in any more")])
def test_a_role_that_was_lost_meanwhile_is_asked_for_where_it_is_written(
    presses: Role | None, told: str, ask: Ask, tmp_path: Path
) -> None:
    app = ask("operator", presses=presses, skus=["SKU-1"])
    app.button(key="resync-ask").click().run()
    assert told in html_of(app)
    assert _queue(tmp_path) == []
    if presses is not None:
        store = open_control_store(tmp_path)
        with store.read() as connection:
            assert list_audit(connection)[0].action == "refused: request sync"
        store.close()


def test_nothing_and_too_much_cannot_be_asked_for(ask: Ask) -> None:
    assert ask().button[0].disabled
    app = ask(skus=[f"S-{number}" for number in range(10_001)])
    assert app.button[0].disabled and "10,000" in app.button[0].help


def test_a_sku_that_looks_like_markup_is_text(ask: Ask) -> None:
    app = ask(skus=["<img src=x>"])
    assert "&lt;img src=x&gt;" in html_of(app)
    app.button(key="resync-ask").click().run()
    assert "&lt;img src=x&gt;" in html_of(app) and "<img" not in html_of(app)
