"""Whether a destination is still the one that was served last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.secrets import secret_file

from syncengine.control.settings import SETTINGS
from syncengine.control.store import ControlStore, open_control_store
from syncengine.export.acquaintance import changed_since_last_export, remember_served
from syncengine.settings import DestinationSettings

SERVICES = DestinationSettings(
    url="https://services.example", api_key=SecretStr("canary-key"), environment_id="e", data_space_id="main"
)
OPTIMIZER = DestinationSettings(
    kind="optimizer", tenant_id="t", region="na1", client_id="c", client_secret=SecretStr("canary-secret")
)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    with closing(open_control_store(tmp_path)) as store:
        yield store


def kinds(control: ControlStore, settings: DestinationSettings) -> list[str]:
    return [warning.kind for warning in changed_since_last_export(control, {"shop": settings})]


@pytest.mark.parametrize("settings", [SERVICES, OPTIMIZER, DestinationSettings(kind="folder", path=Path("out"))])
def test_the_same_destination_raises_no_warning(control: ControlStore, settings: DestinationSettings) -> None:
    assert kinds(control, settings) == []  # never served before
    remember_served(control, "shop", settings, "r-1")
    assert kinds(control, settings) == []


@pytest.mark.parametrize(
    ("before", "change", "expected"),
    [
        (SERVICES, {"data_space_id": "other"}, "destination_changed"),
        (SERVICES, {"url": "https://elsewhere.example"}, "destination_changed"),
        (SERVICES, {"api_key": SecretStr("another")}, "credential_changed"),
        (OPTIMIZER, {"client_secret": SecretStr("another")}, "credential_changed"),
        (OPTIMIZER, {"client_id": "another"}, "credential_changed"),
        (OPTIMIZER, {"tenant_id": "u"}, "destination_changed"),
    ],
)
def test_a_change_is_told_once_per_export(
    control: ControlStore, before: DestinationSettings, change: dict[str, object], expected: str
) -> None:
    remember_served(control, "shop", before, "r-1")
    after = before.model_copy(update=change)
    assert kinds(control, after) == [expected]
    remember_served(control, "shop", after, "r-2")
    assert kinds(control, after) == []


def test_a_destination_that_moved_with_known_as_is_the_same(control: ControlStore) -> None:
    remember_served(control, "shop", SERVICES, "r-1")
    moved = SERVICES.model_copy(update={"url": "https://new.example", "known_as": "https://services.example"})
    assert kinds(control, moved) == []


def test_a_credential_from_a_file_is_the_same_credential(control: ControlStore, tmp_path: Path) -> None:
    remember_served(control, "shop", SERVICES, "r-1")
    secret_file(tmp_path / "key", "canary-key\n")
    from_file = SERVICES.model_copy(update={"api_key": None, "api_key_file": tmp_path / "key"})
    assert kinds(control, from_file) == []


def test_no_credential_is_kept(control: ControlStore, tmp_path: Path) -> None:
    remember_served(control, "shop", SERVICES, "r-1")
    remember_served(control, "optimizer", OPTIMIZER, "r-1")
    with control.read() as connection:
        kept = str(connection.execute(SETTINGS.select()).fetchall())
    assert "canary" not in kept
