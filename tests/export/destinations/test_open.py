from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from support.secrets import secret_file

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
    secret_file(secret, "canary-secret\n")
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


OPTIMIZER: dict[str, Any] = {
    "kind": "optimizer",
    "tenant_id": "Tenant-1",
    "region": "na1",
    "client_id": "id",
    "client_secret": SecretStr("canary-secret"),
    "currencies": {"*": "USD"},
}


def test_an_optimizer_opens_under_an_id_of_its_own_for_each_tenant_and_each_choice_of_locales() -> None:
    settings = DestinationSettings(**OPTIMIZER)
    destination = open_destination("aco", settings)
    assert (destination.name, destination.destination_id) == ("aco", settings.destination_id)
    destination.close()
    changes: list[dict[str, Any]] = [
        {},
        {"tenant_id": "Tenant-2"},
        {"region": "eu1"},
        {"environment": "production"},
        {"locales": {"fr": "fr-FR"}},
        {"known_as": "shop", "tenant_id": "Tenant-1"},
        {"known_as": "shop", "tenant_id": "Tenant-2"},
    ]
    ids = [DestinationSettings(**{**OPTIMIZER, **change}).destination_id for change in changes]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("optimizer-") for one in ids)


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"client_secret": SecretStr("other")},
        {"currencies": {"base": "EUR"}},
        {"connections": 4},
    ],
)
def test_other_credentials_are_the_same_optimizer(change: dict[str, Any]) -> None:
    same = DestinationSettings(**{**OPTIMIZER, **change})
    assert same.destination_id == DestinationSettings(**OPTIMIZER).destination_id


@pytest.mark.parametrize(
    ("change", "address"),
    [
        ({}, "https://na1-sandbox.api.commerce.adobe.com/Tenant-1"),
        ({"environment": "production"}, "https://na1.api.commerce.adobe.com/Tenant-1"),
        ({"url": "https://proxy.example/aco/T/"}, "https://proxy.example/aco/T"),
        ({"region": None}, None),
    ],
)
def test_the_address_of_an_optimizer(change: dict[str, Any], address: str | None) -> None:
    assert DestinationSettings(**{**OPTIMIZER, **change}).optimizer_url == address


@pytest.mark.parametrize("missing", ["tenant_id", "region", "client_id", "client_secret", "currencies"])
def test_a_missing_setting_of_an_optimizer_is_named_with_where_to_get_it(missing: str) -> None:
    settings = DestinationSettings(**{name: value for name, value in OPTIMIZER.items() if name != missing})
    with pytest.raises(SettingsError) as refused:
        open_destination("aco", settings)
    assert f"`destinations.aco.{missing}` not set" in refused.value.message
    assert f"{missing}: " in refused.value.hint
    assert "canary-secret" not in refused.value.message + refused.value.hint


def test_the_address_stands_for_tenant_and_region() -> None:
    given = {**OPTIMIZER, "tenant_id": None, "region": None, "url": "https://proxy.example/tenant"}
    open_destination("aco", DestinationSettings(**given)).close()


def test_the_client_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret_file(secret, "canary-secret\n")
    given = {**OPTIMIZER, "client_secret": None, "client_secret_file": secret}
    open_destination("aco", DestinationSettings(**given)).close()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"locales": {"a": "en", "b": "en"}}, "must be another one"),
        ({"locales": {"a": ""}}, "must be another one"),
        ({"currencies": {"base": "DOLLAR"}}, "a code such as USD"),
        ({"tenant_id": "a/b"}, "tenant_id"),
        ({"region": "na1.evil.example/"}, "region"),
        ({"token_url": "http://ims.example/token"}, "https"),
    ],
)
def test_settings_of_an_optimizer_that_cannot_be(change: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        DestinationSettings(**{**OPTIMIZER, **change})
