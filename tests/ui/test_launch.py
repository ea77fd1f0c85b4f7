"""How the app is started, and where it refuses to listen."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from syncengine.cli.ui import APP, app_command
from syncengine.errors import SettingsError
from syncengine.settings import AccessSettings, Settings, UiSettings
from ui.launch import config_argument, server_options, settings_in_force, sign_in_secrets


def _settings(address: str = "127.0.0.1", port: int = 0) -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    return Settings(ui=UiSettings(address=address, port=port or free))


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "example.com"])
def test_an_address_that_others_could_reach_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="nobody is asked"):
        server_options(_settings(address))
    with pytest.raises(SettingsError, match="nobody is asked"):
        app_command(_settings(address), None)


def test_the_ui_settings_stand_above_the_shipped_config() -> None:
    assert server_options(_settings(port=8999)) == {"server.address": "127.0.0.1", "server.port": 8999}


def test_the_command_runs_the_launcher_with_the_config_file() -> None:
    assert app_command(_settings(), Path("my.toml")) == [sys.executable, str(APP), "--config", "my.toml"]
    assert app_command(_settings(), None) == [sys.executable, str(APP)]
    assert APP.is_file()


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingsError, match="cannot listen on"):
            app_command(_settings(port=other.getsockname()[1]), None)


def test_the_config_argument_is_read_from_the_launchers_own_command_line_only() -> None:
    assert config_argument(["/x/app.py", "--config", "a.toml"]) == Path("a.toml")
    assert config_argument(["/x/app.py"]) is None
    assert config_argument(["/x/pytest", "--config", "a.toml"]) is None


OIDC = AccessSettings(
    mode="oidc",
    metadata_url="https://id.example/.well-known/openid-configuration",
    client_id="catalog-sync",
    client_secret=SecretStr("not-a-real-secret"),
)


@pytest.mark.parametrize("access", [OIDC, AccessSettings(mode="proxy")], ids=lambda access: access.mode)
def test_behind_a_sign_in_any_address_will_do(access: AccessSettings) -> None:
    assert server_options(_settings("0.0.0.0").model_copy(update={"access": access}))["server.address"] == "0.0.0.0"


def test_everybody_may_be_let_in_on_purpose() -> None:
    settings = Settings(ui=UiSettings(address="0.0.0.0", allow_remote=True))
    assert server_options(settings)["server.address"] == "0.0.0.0"


def test_a_sign_in_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="not installed"):
        server_options(_settings().model_copy(update={"access": OIDC}))


def test_the_proxys_headers_are_mapped_to_what_people_are_known_by() -> None:
    access = AccessSettings(mode="proxy", user_header="X-User", roles_header="X-Roles", roles_claim="roles")
    options = server_options(_settings().model_copy(update={"access": access}))
    assert json.loads(options["server.trustedUserHeaders"]) == {"X-User": "email", "X-Roles": "roles"}


def test_the_sign_in_is_made_of_the_settings() -> None:
    (found,) = (sign_in_secrets(_settings(port=8999).model_copy(update={"access": OIDC})) or {}).values()
    assert found["redirect_uri"] == "http://127.0.0.1:8999/oauth2callback"
    assert found["client_secret"] == "not-a-real-secret" and len(found["cookie_secret"]) == 64
    assert sign_in_secrets(_settings()) is None
    assert sign_in_secrets(None) is None


def test_mode_oidc_says_what_it_lacks() -> None:
    with pytest.raises(ValidationError, match=r"metadata_url.*client_id.*client_secret"):
        AccessSettings(mode="oidc")
    with pytest.raises(ValidationError, match="oauth2callback"):
        AccessSettings(redirect_uri="https://sync.shop.example/")
    with pytest.raises(ValidationError, match="https"):
        AccessSettings(metadata_url="http://id.example/.well-known/openid-configuration")


def test_settings_are_read_anew_when_their_file_or_the_environment_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "catalog-sync.toml"
    config.write_text("[ui]\nport = 8601\n")
    first = settings_in_force()
    assert settings_in_force() is first
    config.write_text("[ui]\nport = 8602\n")
    assert settings_in_force().ui.port == 8602
    monkeypatch.setenv("CATALOG_SYNC_UI__PORT", "8603")
    assert settings_in_force().ui.port == 8603
    monkeypatch.delenv("CATALOG_SYNC_UI__PORT")
    config.write_text("[ui\n")
    with pytest.raises(SettingsError):
        settings_in_force()
