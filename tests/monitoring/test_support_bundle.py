"""The support bundle: complete, readable when things are broken, and without a secret."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from inspection.lake_of import Answer, LakeOf, product
from pydantic import SecretStr

from syncengine.control.audit import add_audit
from syncengine.control.runs import RunStatus, finish_run
from syncengine.errors import CatalogSyncError, StorageError, UnknownRunError
from syncengine.monitoring.support_bundle import write_support_bundle
from syncengine.settings import LogSettings, NotifySettings, Settings, SourceSettings

CANARY = "canary-secret-9f3e"


def settings_of(lake: LakeOf, place: Path) -> Settings:
    log = place / "sync.log"
    log.write_text(f'{{"msg": "the token {CANARY} was logged by hand"}}\n')
    return lake.settings.model_copy(
        update={
            "source": SourceSettings(url="https://shop.example", token=SecretStr(CANARY)),
            "notify": NotifySettings(webhook_url=SecretStr(f"https://hooks.example/services/{CANARY}")),
            "log": LogSettings(file=log),
        }
    )


def files_of(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_holds_what_a_helper_needs(lake: LakeOf, tmp_path: Path) -> None:
    run = lake.synced(products=[product("a"), product("b")], answers={"b": Answer("rejected", "BAD", "not so")})

    files = files_of(write_support_bundle(settings_of(lake, tmp_path), tmp_path / "out.zip", run.run_id))
    read: dict[str, Any] = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}

    assert read["versions.json"]["packages"]["duckdb"]
    assert {"key": "source.url", "value": "https://shop.example"}.items() <= next(
        row for row in read["settings.json"] if row["key"] == "source.url"
    ).items()
    assert read["state.json"]["migrations"]["applied"] == read["state.json"]["migrations"]["newest"]
    assert read["runs.json"][0]["run_id"] == run.run_id
    assert "not so" in json.dumps(read["errors.json"][run.run_id])
    assert read[f"run-{run.run_id}.json"]["feed_runs"]
    assert read["disk.json"]["places"]["lake/files"]["bytes"] > 0
    assert "catalog_sync_runs_total" in files["metrics.txt"]
    assert "logged by hand" in files["log/sync.log"]


def test_no_secret_is_in_it_wherever_it_was_written(lake: LakeOf, tmp_path: Path) -> None:
    run = lake.begin()
    with lake.control.write() as connection:
        error = CatalogSyncError(f"refused {CANARY}", hint=f"https://shop.example/x?token={CANARY}")
        finish_run(connection, run.run_id, RunStatus.FAILED, error=error)
        add_audit(connection, actor="x", action="y", subject=CANARY, details={CANARY: [CANARY]})

    bundle = write_support_bundle(settings_of(lake, tmp_path), tmp_path / "out.zip", run.run_id)

    assert [name for name, text in files_of(bundle).items() if CANARY in text] == []
    assert CANARY.encode() not in bundle.read_bytes()
    assert bundle.stat().st_mode & 0o077 == 0


def test_a_damaged_store_is_in_it_as_the_reason(lake: LakeOf, tmp_path: Path) -> None:
    lake.synced(products=[product("a")])
    lake.control.close()
    (lake.directory.root / "control.sqlite").write_bytes(b"no database" * 99)

    files = files_of(write_support_bundle(settings_of(lake, tmp_path), tmp_path / "out.zip"))

    assert "is not a control store" in files["runs.json"]
    assert "duckdb" in files["versions.json"]


def test_before_the_first_sync_it_makes_no_data_directory(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")

    files = files_of(write_support_bundle(settings, tmp_path / "out.zip"))

    assert json.loads(files["runs.json"]) == []
    assert not (tmp_path / "data").exists()


def test_a_run_that_is_not_there_is_an_error_and_nothing_is_written(lake: LakeOf, tmp_path: Path) -> None:
    with pytest.raises(UnknownRunError):
        write_support_bundle(lake.settings, tmp_path / "out.zip", "r-none")

    assert not (tmp_path / "out.zip").exists()


def test_a_place_that_cannot_be_written_is_a_clear_error(lake: LakeOf, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_support_bundle(lake.settings, tmp_path / "missing" / "out.zip")
