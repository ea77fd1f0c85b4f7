"""What the engine's address takes and refuses; an event it has confirmed is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from syncengine.control.events import count_events, take_events
from syncengine.control.store import ControlStore
from syncengine.engine.listener import MAX_BODY_BYTES, events_route, events_token, listening
from syncengine.errors import SettingsError
from syncengine.settings import EngineSettings

TOKEN = "canary-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def address(control: ControlStore) -> Iterator[str]:
    with listening("127.0.0.1:0", [events_route(control, TOKEN)]) as place:
        yield f"http://{place}/api/events"


def post(address: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
    return requests.post(address, json=body, headers=BEARER if headers is None else headers, timeout=10, **more)


def kept(control: ControlStore) -> int:
    with control.read() as connection:
        return count_events(connection)


def test_an_event_is_kept_when_it_is_confirmed(address: str, control: ControlStore) -> None:
    answer = post(address, {"skus": ["A", "A", "B"], "ids": [7], "entities": ["prices"]})

    assert (answer.status_code, answer.json()["named"], answer.json()["paused"]) == (202, 4, None)
    with control.write() as connection:
        (event,) = take_events(connection)
    assert event.touched == {"skus": ["A", "B"], "ids": [7], "entities": ["prices"], "everything": False}
    assert event.actor == "events API"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"},
     {"Authorization": TOKEN}],
)  # fmt: skip
def test_without_the_token_nothing_is_taken(address: str, control: ControlStore, headers: dict[str, str]) -> None:
    answer = post(address, {"everything": True}, headers)

    assert answer.status_code == 401
    assert TOKEN not in answer.text
    assert kept(control) == 0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "names nothing"),
        ({"skus": "A"}, "skus"),
        ({"skus": [1]}, "skus"),
        ({"skus": [""]}, "SKU"),
        ({"skus": ["x" * 300]}, "SKU"),
        ({"skus": ["a\x00b"]}, "SKU"),
        ({"ids": [0]}, "id"),
        ({"ids": [True]}, "ids"),
        ({"entities": ["colours"]}, "colours"),
        ({"everything": "yes"}, "everything"),
        ({"sku": ["A"]}, "sku"),
        ([], "event"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_with_the_reason(
    address: str, control: ControlStore, body: Any, told: str
) -> None:
    answer = post(address, body)

    assert answer.status_code == 422
    assert told in answer.json()["error"]["message"]
    assert kept(control) == 0


def test_a_body_that_is_no_json_or_too_large_is_refused(address: str, control: ControlStore) -> None:
    assert post(address, data=b"{half").status_code == 422
    assert post(address, data=b"x" * (MAX_BODY_BYTES + 1)).status_code == 413
    assert requests.get(address, headers=BEARER, timeout=10).status_code == 405
    assert kept(control) == 0


def test_without_a_token_in_the_settings_no_event_is_taken(control: ControlStore) -> None:
    assert events_token(EngineSettings()) is None
    assert events_token(EngineSettings(events_token=SecretStr(TOKEN))) == TOKEN
    with listening("127.0.0.1:0", [events_route(control, None)]) as place:
        assert post(f"http://{place}/api/events", {"everything": True}).status_code == 403


def test_too_many_events_within_a_minute_are_told_when_to_come_again(control: ControlStore) -> None:
    with listening("127.0.0.1:0", [events_route(control, TOKEN, per_minute=2)]) as place:
        address = f"http://{place}/api/events"
        wrong = [post(address, {"ids": [1]}, {"Authorization": "Bearer wrong"}).status_code for _ in range(3)]
        codes = [post(address, {"ids": [1]}).status_code for _ in range(2)]
        late = post(address, {"ids": [1]})

    assert (wrong, codes, late.status_code) == ([401, 401, 429], [202, 202], 429)
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert kept(control) == 2


def test_a_taken_address_is_told_at_the_start(control: ControlStore) -> None:
    with (
        listening("127.0.0.1:0", []) as place,
        pytest.raises(SettingsError, match=r"cannot listen"),
        listening(place, []),
    ):
        pass
