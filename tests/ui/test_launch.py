"""How the app is started, and where it refuses to listen."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from syncengine.cli.ui import APP, app_command
from syncengine.errors import SettingsError
from syncengine.settings import Settings, UiSettings
from ui.launch import config_argument, server_options


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
