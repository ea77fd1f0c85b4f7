"""Logs of real runs: no secret in them whatever goes wrong, and no sync that stops because nobody can hear it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import processes

from syncengine.demo.services.server import running as running_services
from syncengine.demo.store.faults import parse_fault
from syncengine.demo.store.server import StoreOptions
from syncengine.demo.store.server import running as running_store

CANARIES = ("canary-token-9f3e", "canary-key-77aa", "canary-hook-12bc")


def environment(place: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "CATALOG_SYNC_DATA_DIR": str(place / "data"),
        "CATALOG_SYNC_LOG__FILE": str(place / "sync.log"),
        "CATALOG_SYNC_DESTINATION__API_KEY": CANARIES[1],
        "CATALOG_SYNC_DESTINATION__ENVIRONMENT_ID": "e",
        "CATALOG_SYNC_DESTINATION__DATA_SPACE_ID": "d",
        "CATALOG_SYNC_SOURCE__TOKEN": CANARIES[0],
        "CATALOG_SYNC_NOTIFY__WEBHOOK_SECRET": CANARIES[2],
        **more,
    }


@pytest.mark.parametrize("fault", ["status-401=0.2", "redirect=0.2", "html=0.2", "reset=0.3"])
def test_no_canary_is_in_what_a_run_with_faults_leaves_behind(tmp_path: Path, fault: str) -> None:
    faults = (parse_fault(fault),)
    options = StoreOptions(port=0, products=20, token=CANARIES[0], state=tmp_path / "store.sqlite", faults=faults)
    with running_store(options) as store, running_services(state=tmp_path / "services.sqlite") as services:
        found = environment(tmp_path, CATALOG_SYNC_SOURCE__URL=f"{store}/rest", CATALOG_SYNC_DESTINATION__URL=services)
        done = processes.run("-m", "syncengine.cli", "-vv", "--log-format", "json", "--log-payloads", "sync", env=found)
    places = [tmp_path / "sync.log", *(path for path in (tmp_path / "data").rglob("*") if path.is_file())]
    texts = {
        "stdout": done.stdout.encode(),
        "stderr": done.stderr.encode(),
        **{str(path): path.read_bytes() for path in places},
    }

    assert b'"logger":"syncengine.traffic.payloads"' in texts["stderr"]
    assert b"urllib3" in texts["stderr"]
    assert [name for name, text in texts.items() for canary in CANARIES if canary.encode() in text] == []


def test_a_full_volume_and_closed_streams_stop_no_sync(tmp_path: Path) -> None:
    options = StoreOptions(port=0, products=20, token=CANARIES[0], state=tmp_path / "store.sqlite")
    with running_store(options) as store, Path("/dev/full").open("wb") as full:
        found = environment(
            tmp_path,
            CATALOG_SYNC_SOURCE__URL=f"{store}/rest",
            CATALOG_SYNC_DESTINATION__KIND="folder",
            CATALOG_SYNC_DESTINATION__PATH=str(tmp_path / "out"),
            CATALOG_SYNC_LOG__FILE="/dev/full",
        )
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "syncengine.cli", "sync"],
                env=found, stdout=writing, stderr=full, timeout=120, check=False,
            )  # fmt: skip
        finally:
            os.close(writing)

    assert done.returncode == 0
    assert list((tmp_path / "out").rglob("*.parquet")) or list((tmp_path / "out").rglob("*.ndjson"))
