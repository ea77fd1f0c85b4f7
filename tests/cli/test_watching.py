"""Commands for those who watch: status --watch and --notify, the support bundle, config check."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from inspection.lake_of import LakeOf, product

from .reading import Commands


def test_status_watch_shows_it_again_until_it_is_stopped(lake: LakeOf) -> None:
    lake.synced(products=[product("a")])
    command = [sys.executable, "-m", "syncengine.cli", "status", "--watch", "--every", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += line.startswith("Products synced: 1")
            if seen == 2:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert seen == 2
    assert process.returncode == 0


def test_status_notify_without_a_channel_says_what_to_set(commands: Commands) -> None:
    ended = commands("status", "--notify")

    assert ended.code == 2
    assert "notify.webhook_url" in ended.err


def test_status_notify_tells_and_still_shows_the_status(
    commands: Commands, lake: LakeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.synced(products=[product("a")])
    monkeypatch.setenv("CATALOG_SYNC_NOTIFY__WEBHOOK_URL", "http://127.0.0.1:9/hook-canary")
    monkeypatch.setenv("CATALOG_SYNC_NOTIFY__EVENTS", '["failed"]')

    ended = commands("status", "--notify", "--json")

    assert ended.code == 0
    assert ended.json["products_synced"] == 1
    assert "hook-canary" not in ended.err + ended.out


def test_support_bundle_writes_a_zip_and_does_not_replace_one(commands: Commands, lake: LakeOf, tmp_path: Path) -> None:
    run = lake.synced(products=[product("a")])
    out = tmp_path / "support.zip"

    first = commands("support-bundle", str(out), "--run", run.run_id, "--json")
    again = commands("support-bundle", str(out))
    forced = commands("support-bundle", str(out), "--force")

    assert (first.code, again.code, forced.code) == (0, 2, 0)
    assert first.json["path"] == str(out)
    with zipfile.ZipFile(out) as bundle:
        assert json.loads(bundle.read("runs.json"))[0]["run_id"] == run.run_id


def test_config_check_names_a_secret_file_that_is_not_there(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commands("config", "check").code == 0
    monkeypatch.setenv("CATALOG_SYNC_SOURCE__TOKEN_FILE", str(tmp_path / "missing"))

    ended = commands("config", "check")

    assert ended.code == 2
    assert "source.token_file" in ended.err


def test_an_unknown_log_format_is_a_usage_error(commands: Commands) -> None:
    ended = commands("--log-format", "xml", "version")

    assert ended.code == 2
    assert "auto, json or text" in ended.err


def test_config_check_names_a_feed_that_there_is_not(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_SYNC_FEEDS__OFF", '["pricess"]')

    ended = commands("config", "check")

    assert ended.code == 2
    assert "pricess" in ended.err
