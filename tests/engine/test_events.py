"""Events come to one request, in the same breath, however many there are and whatever the clock does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from syncengine.catalog import Touched
from syncengine.commands import pause_schedule, touch
from syncengine.control.events import MAX_ROWS, Event, add_event, count_events, first_event_at
from syncengine.control.requests import waiting_requests
from syncengine.control.schema import utc_now
from syncengine.control.store import ControlStore
from syncengine.engine.events import options_of_events, request_of_events
from syncengine.errors import SettingsError


def event(actor: str = "store", **touched: Any) -> Event:
    return Event(id=1, at=utc_now(), actor=actor, touched=touched)


def test_the_events_go_when_the_request_comes(control: ControlStore) -> None:
    touch(control, skus=["A"], actor="store")
    now = utc_now()
    assert request_of_events(control, now=now, debounce_seconds=60) is None

    request = request_of_events(control, now=now + timedelta(seconds=61), debounce_seconds=60)

    with control.read() as connection:
        assert (count_events(connection), waiting_requests(connection)) == (0, [request])
    assert request is not None
    assert (request.start_now, request.requested_by) == (True, "store")


def test_an_event_of_the_future_does_not_wait_for_it(control: ControlStore) -> None:
    touch(control, skus=["A"], actor="store")

    assert request_of_events(control, now=utc_now() - timedelta(hours=2), debounce_seconds=60) is not None


def test_without_events_nothing_is_asked_for(control: ControlStore) -> None:
    assert request_of_events(control, now=utc_now(), debounce_seconds=0) is None


@pytest.mark.parametrize(("entity", "prices"), [("prices", True), ("base_prices", True), ("stocks", False)])
def test_an_entity_of_prices_has_them_looked_up(entity: str, prices: bool) -> None:
    assert options_of_events([event(entities=[entity])]).touched == Touched(prices=prices)


def test_more_products_than_a_request_may_name_are_a_full_read() -> None:
    options = options_of_events(
        [event(skus=[f"S{n}" for n in range(30_000)]), event(skus=[f"T{n}" for n in range(30_000)])]
    )

    assert (options.full, options.touched) == (True, None)


def test_very_many_events_become_one_that_says_everything(
    control: ControlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncengine.control.events.MAX_ROWS", 3)
    with control.write() as connection:
        counts = [add_event(connection, actor="store", touched={"skus": [str(n)]}) for n in range(4)]
        first = first_event_at(connection)

    assert (counts, MAX_ROWS) == ([1, 2, 3, 1], 50_000)
    assert first is not None
    request = request_of_events(control, now=first + timedelta(seconds=1), debounce_seconds=1)
    assert request is not None
    assert request.options["full"] is True


def test_a_touch_tells_that_the_schedule_is_paused(control: ControlStore) -> None:
    pause_schedule(control, reason="  import \n runs ", actor="ann")

    assert touch(control, skus=["A"], actor="store").paused == "import runs"


def test_a_pause_without_a_reason_and_a_touch_of_nothing_are_refused(control: ControlStore) -> None:
    with pytest.raises(SettingsError, match="reason"):
        pause_schedule(control, reason=" ", actor="ann")
    with pytest.raises(SettingsError, match="nothing"):
        touch(control, actor="store")
