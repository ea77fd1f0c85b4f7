"""Which settings the app runs with, and what they mean for the server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from syncengine.cli.ui import checked_address
from syncengine.settings import Settings, load_settings

LAUNCHER = "app.py"


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
    """The settings of this app. Raises: SettingsError."""
    return load_settings(config_argument())


def server_options(settings: Settings | None = None) -> dict[str, Any]:
    """Streamlit's options for the `[ui]` settings; the rest stands in .streamlit/config.toml.

    Raises: SettingsError for an address that others could reach.
    """
    chosen = (settings or settings_in_force()).ui
    return {"server.address": checked_address(chosen), "server.port": chosen.port}
