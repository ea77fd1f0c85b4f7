from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from syncengine.errors import SettingsError
from syncengine.export.destinations import open_destination
from syncengine.settings import DestinationSettings

COMPLETE: dict[str, Any] = {
    "url": "https://services.example",
    "api_key": SecretStr("canary-secret"),
    "environment_id": "env",
    "data_space_id": "space",
}


def test_a_complete_one_opens_under_its_own_id() -> None:
    settings = DestinationSettings(**COMPLETE)
    destination = open_destination("default", settings)
    assert (destination.name, destination.destination_id) == ("default", settings.destination_id)
    destination.close()


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_a_missing_setting_is_named_with_where_to_get_it(missing: str) -> None:
    settings = DestinationSettings(**{name: value for name, value in COMPLETE.items() if name != missing})
    with pytest.raises(SettingsError) as refused:
        open_destination("default", settings)
    assert "not configured" in refused.value.message
    assert f"`destination.{missing}`" in refused.value.message
    assert f"CATALOG_SYNC_DESTINATION__{missing.upper()}" in refused.value.hint
    assert f"{missing}: " in refused.value.hint
    assert refused.value.exit_code == 2
    assert "canary-secret" not in refused.value.message + refused.value.hint


def test_all_missing_settings_of_a_named_one_stand_in_one_message() -> None:
    with pytest.raises(SettingsError) as refused:
        open_destination("shop-b", DestinationSettings())
    for setting in COMPLETE:
        assert f"`destinations.shop-b.{setting}`" in refused.value.message


def test_a_folder_needs_its_path() -> None:
    with pytest.raises(SettingsError, match="path"):
        open_destination("default", DestinationSettings(kind="folder"))


def test_the_key_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("canary-secret\n")
    given = {**COMPLETE, "api_key": None, "api_key_file": secret}
    open_destination("default", DestinationSettings(**given)).close()


@pytest.mark.parametrize("setting", ["api_key", "environment_id", "data_space_id"])
@pytest.mark.parametrize("text", ["two words", "line\nend", "ümlaut", "nul\0"])
def test_what_cannot_stand_in_a_header_is_refused_without_being_shown(setting: str, text: str) -> None:
    value: Any = SecretStr(text) if setting == "api_key" else text
    with pytest.raises(SettingsError) as refused:
        open_destination("default", DestinationSettings(**{**COMPLETE, setting: value}))
    assert f"destination.{setting}" in refused.value.message
    assert text not in refused.value.message + refused.value.hint
