"""Which settings the app runs with, and what they mean for the server."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syncengine.cli.ui import checked_address
from syncengine.errors import SettingsError
from syncengine.monitoring.logs import configure_logging
from syncengine.monitoring.watcher import watching
from syncengine.settings import Settings, config_path, load_settings, secret_value

LAUNCHER = "app.py"
_reading = threading.Lock()
_read: list[tuple[object, Settings]] = []  # what was read last, and of what: every page asks, and it takes 5 ms


def config_argument(argv: Sequence[str] | None = None) -> Path | None:
    """The file named by `--config` on the launcher's command line; None when another program runs the pages."""
    given = sys.argv if argv is None else argv
    if not given or Path(given[0]).name != LAUNCHER:
        return None
    parser = argparse.ArgumentParser(prog=LAUNCHER, description="Serve the Catalog Sync app.")
    parser.add_argument("--config", type=Path, help="the config file, instead of ./catalog-sync.toml")
    path: Path | None = parser.parse_args(given[1:]).config
    return path


def settings_in_force() -> Settings:
    """The settings of this app, read anew when their file or the environment has changed. Raises: SettingsError."""
    given = config_argument()
    path = config_path(given)
    try:
        content = None if path is None else path.read_bytes()
    except OSError:
        return load_settings(given)  # which tells what is wrong with it
    ours = sorted(pair for pair in os.environ.items() if pair[0].upper().startswith("CATALOG_SYNC_"))
    basis = (path, content, ours)
    with _reading:
        if not _read or _read[0][0] != basis:
            _read[:] = [(basis, load_settings(given))]
        return _read[0][1]


def settings_or_none() -> Settings | None:
    """The settings of this app, or None while they cannot be used: every page then says why, and shows nothing else."""
    try:
        return settings_in_force()
    except SettingsError:
        return None


def server_options(settings: Settings | None = None) -> dict[str, Any]:
    """Streamlit's options for the `[ui]` and `[access]` settings; the rest stands in .streamlit/config.toml.

    Raises: SettingsError for an address that others could reach while nobody is asked who they are.
    """
    settings = settings or settings_in_force()
    options: dict[str, Any] = {"server.address": checked_address(settings), "server.port": settings.ui.port}
    access = settings.access
    if access.mode == "proxy":
        options["server.trustedUserHeaders"] = json.dumps(
            {access.user_header: access.name_claim, access.roles_header: access.roles_claim}
        )
    return options


def sign_in_secrets(settings: Settings | None) -> dict[str, Any] | None:
    """What `st.login` needs, made of the `[access]` settings; None where nobody signs in.

    Raises: SettingsError when a secret's file cannot be read.
    """
    if settings is None or settings.access.mode != "oidc":
        return None
    access, ui = settings.access, settings.ui
    cookie_secret = secret_value(access.cookie_secret, access.cookie_secret_file, "access.cookie_secret_file")
    host = f"[{ui.address}]" if ":" in ui.address else ui.address
    return {
        "auth": {
            "redirect_uri": access.redirect_uri or f"http://{host}:{ui.port}/oauth2callback",
            # without one of the owner's, everybody signs in again after a restart
            "cookie_secret": cookie_secret or secrets.token_hex(32),
            "client_id": access.client_id,
            "client_secret": secret_value(access.client_secret, access.client_secret_file, "access.client_secret_file"),
            "server_metadata_url": access.metadata_url,
        }
    }


@contextmanager
def watched(settings: Settings | None) -> Iterator[None]:
    """Log as the settings say, and tell people when the engine is not running: the engine cannot say so itself."""
    if settings is None:  # the pages say what is wrong with them
        yield
        return
    configure_logging(settings, is_service=True)
    with watching(settings):
        yield
