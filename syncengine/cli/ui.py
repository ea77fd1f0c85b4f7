"""`catalog-sync ui`: the app, on this machine."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path

import typer

from syncengine.cli.common import current_settings, say
from syncengine.errors import SettingsError
from syncengine.settings import LOOPBACK_HOSTS, Settings

APP = Path(__file__).resolve().parents[2] / "app.py"


def ui(context: typer.Context) -> None:
    """Serve the app at the `[ui]` address and port until stopped.

    Example: catalog-sync ui
    """
    settings = current_settings()
    command = app_command(settings, context.find_root().params.get("config"))
    say(f"The app: http://{settings.ui.address}:{settings.ui.port}  (Ctrl+C stops it)")
    sys.stderr.flush()
    # in place of this process, so that signals and the exit code are the server's own
    os.execv(command[0], command)  # noqa: S606


def app_command(settings: Settings, config: Path | None) -> list[str]:
    """The command that serves the app with these settings.

    Raises: SettingsError when the address is not this machine's own, the port is taken, or app.py is not there.
    """
    address, port = checked_address(settings), settings.ui.port
    if not APP.is_file():
        raise SettingsError(
            f"`{APP}` is not there: this installation holds no app.",
            hint="Install from a checkout: `make setup`.",
        )
    _refuse_taken_port(address, port)
    command = [sys.executable, str(APP)]
    return command if config is None else [*command, "--config", str(config)]


def checked_address(settings: Settings) -> str:
    """The address to listen on.

    Raises: SettingsError for one that others could reach while nobody is asked who they are, or cannot be.
    """
    address = settings.ui.address
    if address not in LOOPBACK_HOSTS and settings.access.mode == "none" and not settings.ui.allow_remote:
        raise SettingsError(
            f"The app cannot listen on `{address}`: nobody is asked who they are, so it serves this machine only.",
            hint="Set `access.mode` to oidc or proxy (docs/access.md), or `ui.address` to 127.0.0.1 and use a tunnel; "
            "`ui.allow_remote = true` lets everybody in who can connect.",
        )
    if settings.access.mode == "oidc" and importlib.util.find_spec("authlib") is None:
        raise SettingsError(
            "`access.mode` is oidc, and what signs people in is not installed.",
            hint='Install the extra: `pip install "catalog-sync[auth]"`.',
        )
    return address


def _refuse_taken_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise SettingsError(
                f"The app cannot listen on {address}:{port}: {error.strerror}.",
                hint="Stop what listens there, or set `CATALOG_SYNC_UI__PORT` to another port.",
            ) from None
